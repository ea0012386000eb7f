// image_folder_check.cpp: what is done with all pictures of an ImageFolder
// before they are used: they are decoded, and kept on disk.
#include "runtime/data/image_folder.h"

#include "runtime/error.h"

#include <algorithm>
#include <filesystem>

namespace lathe {

namespace {

// More pictures that cannot be read are not left out, but an error.
constexpr double most_skipped = 0.05;
constexpr size_t most_listed = 10;
constexpr int64_t checked_at_once = 1024;
constexpr int64_t written_at_once = int64_t(1) << 24; // bytes

} // namespace

void ImageFolder::check_all(DecodedFileWriter *writer) {
  std::vector<int64_t> unreadable;
  std::vector<std::string> errors;
  const int64_t at_once =
      writer ? std::max<int64_t>(written_at_once / image_size_, 1)
             : checked_at_once;
  std::vector<uint8_t> pixels(writer ? size_t(at_once * image_size_) : 0);
  for (int64_t first = 0; first < count(); first += at_once) {
    std::vector<int64_t> samples;
    for (int64_t i = first; i < std::min(first + at_once, count()); ++i)
      samples.push_back(i);
    const std::vector<std::string> found = read_images(
        samples.data(), int(samples.size()), writer ? pixels.data() : nullptr);
    for (size_t i = 0; i < found.size(); ++i)
      if (!found[i].empty()) {
        unreadable.push_back(samples[i]);
        errors.push_back(found[i]);
      } else if (writer) {
        writer->add(keys_[size_t(samples[i])],
                    pixels.data() + int64_t(i) * image_size_);
      }
  }
  if (!errors.empty())
    refuse_or_leave_out(unreadable, errors);
}

void ImageFolder::refuse_or_leave_out(const std::vector<int64_t> &unreadable,
                                      const std::vector<std::string> &errors) {
  const bool skips = spec_.unreadable == Unreadable::Skip;
  const bool too_many = double(errors.size()) > most_skipped * double(count());
  const size_t listed =
      skips && !too_many ? errors.size() : std::min(errors.size(), most_listed);
  const std::string list = fmt::format(
      "{} of {} pictures cannot be read:\n  {}{}", errors.size(), count(),
      fmt::join(errors.begin(), errors.begin() + int64_t(listed), "\n  "),
      listed < errors.size()
          ? fmt::format("\n  and {} more", errors.size() - listed)
          : "");
  if (!skips)
    fail("{}: {}", source_.place, list);
  if (too_many)
    fail("{}: more than 5 % are not left out: {}", source_.place, list);
  fmt::print(stderr, "left out: {}\n", list);
  leave_out(unreadable);
}

void ImageFolder::leave_out(const std::vector<int64_t> &samples) {
  PictureFiles kept;
  auto next = samples.begin();
  for (int64_t i = 0; i < count(); ++i) {
    if (next != samples.end() && *next == i) {
      ++next;
      continue;
    }
    kept.files.push_back(pictures_.files[size_t(i)]);
    kept.names.push_back(pictures_.names[size_t(i)]);
    const auto label = pictures_.labels.begin() + i * spec_.label_size;
    kept.labels.insert(kept.labels.end(), label, label + spec_.label_size);
    if (!pictures_.weights.empty())
      kept.weights.push_back(pictures_.weights[size_t(i)]);
    if (!pictures_.groups.empty())
      kept.groups.push_back(pictures_.groups[size_t(i)]);
  }
  pictures_ = std::move(kept);
  make_cache(); // sample numbers have changed
  find_keys();
}

void ImageFolder::find_keys() {
  keys_.clear();
  if (!spec_.cache_dir.empty())
    for (const std::string &file : pictures_.files)
      keys_.push_back(decoded_key(file, spec_));
}

void ImageFolder::open_decoded(const std::string &place) {
  std::error_code error;
  std::filesystem::create_directories(spec_.cache_dir, error);
  if (error)
    fail("{}: cannot be made: {}", spec_.cache_dir, error.message());
  const std::string path = decoded_file_path(spec_.cache_dir, place, spec_);
  find_keys();
  on_disk_ = std::make_unique<DecodedFile>(path, image_size_);
  const bool existed = on_disk_->exists(), was_whole = on_disk_->is_whole();
  const int64_t fresh =
      std::count_if(keys_.begin(), keys_.end(),
                    [&](uint64_t key) { return !on_disk_->has(key); });
  // Of pictures that are left out the file knows nothing; who they are is seen
  // by decoding.
  const bool leaves_out = was_whole && spec_.unreadable == Unreadable::Skip;
  bool is_current = on_disk_->keys() == keys_;
  if (is_current || leaves_out) {
    check_all(nullptr);
    is_current = on_disk_->keys() == keys_ && anew_ == 0;
  }
  int64_t damaged = std::max<int64_t>(anew_ - fresh, 0);
  if (!is_current) {
    anew_ = 0;
    DecodedFileWriter writer(path, image_size_);
    check_all(&writer);
    if (const std::string failure = writer.commit(); !failure.empty()) {
      fmt::print(stderr,
                 "{}; it goes on without, and decodes what was not there "
                 "before\n",
                 failure);
      if (!was_whole)
        on_disk_.reset();
      return;
    }
    on_disk_ = std::make_unique<DecodedFile>(path, image_size_);
    damaged = std::max(damaged, anew_ - fresh);
  }
  tells_ = true;
  fmt::print(
      stderr, "{}: {} decoded pictures{}\n", path, count(),
      is_current ? ""
      : !existed ? ", written now"
      : !was_whole
          ? ", written anew: it was damaged, or of another version"
          : fmt::format(", {} new or changed, {} damaged", fresh, damaged));
}

} // namespace lathe
