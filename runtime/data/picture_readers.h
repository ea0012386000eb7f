// picture_readers.h: threads that decode pictures before they are wanted.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace lathe {

class PictureReaders {
public:
  // Decodes one sample; called from several threads. May throw.
  using Decode = std::function<void(int64_t sample, uint8_t *pixels)>;

  // Where the system gives fewer threads, or none, there are fewer.
  PictureReaders(int threads, int64_t picture_size, Decode decode);
  PictureReaders(const PictureReaders &) = delete;
  PictureReaders &operator=(const PictureReaders &) = delete;
  ~PictureReaders();

  // They are decoded in this order. What was announced is kept until it is
  // taken.
  void announce(const std::vector<int64_t> &samples);

  // The pixels of an announced sample, which is then no longer one; waits for
  // the thread that has begun with it. False, and nothing written, where none
  // has. Throws what `decode` threw.
  bool take(int64_t sample, uint8_t *pixels);

private:
  struct Picture {
    bool is_begun = false, is_done = false;
    std::vector<uint8_t> pixels;
    std::exception_ptr error;
  };
  void work();

  const int64_t picture_size_;
  const Decode decode_;
  std::mutex mutex_;
  std::condition_variable announced_, done_;
  bool stopping_ = false;
  std::deque<int64_t> queue_;           // also of samples that were taken since
  std::map<int64_t, Picture> pictures_; // nodes stay where they are
  std::vector<std::thread> threads_;
};

} // namespace lathe
