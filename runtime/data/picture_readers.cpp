// picture_readers.cpp: see picture_readers.h.
#include "runtime/data/picture_readers.h"

#include "runtime/error.h"

#include <algorithm>
#include <system_error>

namespace lathe {

PictureReaders::PictureReaders(int threads, int64_t picture_size, Decode decode)
    : picture_size_(picture_size), decode_(std::move(decode)) {
  try {
    for (int i = 0; i < threads; ++i)
      threads_.emplace_back([this] { work(); });
  } catch (const std::system_error &error) {
    fmt::print(stderr, "--readers: {} of {} threads could be made ({})\n",
               threads_.size(), threads, error.code().message());
  }
}

PictureReaders::~PictureReaders() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  announced_.notify_all();
  for (std::thread &thread : threads_)
    thread.join();
}

void PictureReaders::announce(const std::vector<int64_t> &samples) {
  if (threads_.empty())
    return; // whoever wants a picture decodes it
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (int64_t sample : samples)
      if (pictures_.try_emplace(sample).second)
        queue_.push_back(sample);
  }
  announced_.notify_all();
}

bool PictureReaders::take(int64_t sample, uint8_t *pixels) {
  std::unique_lock<std::mutex> lock(mutex_);
  auto found = pictures_.find(sample);
  if (found == pictures_.end())
    return false;
  if (!found->second.is_begun) {
    pictures_.erase(found);
    return false;
  }
  done_.wait(lock, [&] { return found->second.is_done; });
  const Picture picture = std::move(found->second);
  pictures_.erase(found);
  lock.unlock();
  if (picture.error)
    std::rethrow_exception(picture.error);
  std::copy(picture.pixels.begin(), picture.pixels.end(), pixels);
  return true;
}

void PictureReaders::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    announced_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_)
      return;
    const int64_t sample = queue_.front();
    queue_.pop_front();
    const auto found = pictures_.find(sample);
    if (found == pictures_.end() || found->second.is_begun)
      continue;
    Picture &picture = found->second; // stays: who takes it waits
    picture.is_begun = true;
    lock.unlock();
    try {
      picture.pixels.resize(size_t(picture_size_));
      decode_(sample, picture.pixels.data());
    } catch (...) {
      picture.error = std::current_exception();
    }
    lock.lock();
    picture.is_done = true;
    done_.notify_all();
  }
}

} // namespace lathe
