// decoded_file.cpp: see decoded_file.h. The pictures come first, then a table
// with a key and a checksum for each, then this:
#include "runtime/data/decoded_file.h"

#include "runtime/data/hash.h"
#include "runtime/error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lathe {

namespace fs = std::filesystem;

namespace {

struct Trailer {
  char magic[8] = {'L', 'A', 'T', 'H', 'E', 'P', 'I', 'X'};
  uint64_t version = 1; // also of how pictures are decoded and resized
  int64_t picture_size = 0, count = 0;
  uint64_t table_checksum = 0;
};

uint64_t hash_text(uint64_t start, const std::string &text) {
  return hash(start, text.c_str(), text.size() + 1);
}

// How pictures are read.
uint64_t hash_settings(const DatasetSpec &spec) {
  std::string text = fmt::format("{} {} {}", spec.shape(), spec.pictures.exif,
                                 text_of(spec.pictures.resize));
  if (spec.pictures.background)
    text += fmt::format(" {}", fmt::join(*spec.pictures.background, " "));
  return hash_text(hash_start, text);
}

std::string absolute(const std::string &path) {
  std::error_code error;
  const fs::path result = fs::absolute(path, error);
  return (error ? fs::path(path) : result).lexically_normal().string();
}

uint64_t checksum(const void *data, int64_t size) {
  return mix(hash_words(hash_start, data, size_t(size)));
}

} // namespace

uint64_t decoded_key(const std::string &picture, const DatasetSpec &spec) {
  struct stat status = {};
  if (stat(picture.c_str(), &status) != 0)
    status = {};
  const int64_t numbers[] = {int64_t(status.st_size),
                             int64_t(status.st_mtim.tv_sec),
                             int64_t(status.st_mtim.tv_nsec)};
  return mix(hash(hash_text(hash_settings(spec), absolute(picture)), numbers,
                  sizeof(numbers)));
}

std::string decoded_file_path(const std::string &folder,
                              const std::string &place,
                              const DatasetSpec &spec) {
  const std::string full = absolute(place);
  fs::path name = fs::path(full).filename();
  if (name.empty()) // of "data/"
    name = fs::path(full).parent_path().filename();
  return (fs::path(folder) /
          fmt::format("{}-{:016x}.pictures", name.string(),
                      mix(hash_text(hash_settings(spec), full))))
      .string();
}

DecodedFile::DecodedFile(const std::string &path, int64_t picture_size)
    : path_(path), picture_size_(picture_size) {
  file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0 && errno != ENOENT)
    fail("{}: cannot be read: {}", path, std::strerror(errno));
  is_whole_ = file_ >= 0 && read_table();
  if (!is_whole_)
    keys_.clear();
  for (size_t i = 0; i < keys_.size(); ++i)
    places_[keys_[i]] = i;
}

DecodedFile::~DecodedFile() {
  if (file_ >= 0)
    close(file_);
}

bool DecodedFile::read_at(int64_t offset, void *data, size_t size) const {
  auto *bytes = static_cast<char *>(data);
  while (size > 0) {
    const ssize_t got = pread(file_, bytes, size, offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    bytes += got;
    offset += got;
    size -= size_t(got);
  }
  return true;
}

bool DecodedFile::read_table() {
  struct stat status = {};
  const Trailer expected;
  Trailer trailer;
  if (fstat(file_, &status) != 0 ||
      !read_at(int64_t(status.st_size) - int64_t(sizeof(trailer)), &trailer,
               sizeof(trailer)) ||
      std::memcmp(trailer.magic, expected.magic, sizeof(trailer.magic)) != 0 ||
      trailer.version != expected.version ||
      trailer.picture_size != picture_size_ || trailer.count < 0)
    return false;
  const int64_t each = picture_size_ + 2 * int64_t(sizeof(uint64_t));
  const int64_t left = int64_t(status.st_size) - int64_t(sizeof(trailer));
  if (left % each != 0 || left / each != trailer.count)
    return false;
  std::vector<uint64_t> table(size_t(trailer.count) * 2);
  const size_t size = table.size() * sizeof(uint64_t);
  if (!read_at(trailer.count * picture_size_, table.data(), size) ||
      checksum(table.data(), int64_t(size)) != trailer.table_checksum)
    return false;
  for (size_t i = 0; i < table.size(); i += 2) {
    keys_.push_back(table[i]);
    checksums_.push_back(table[i + 1]);
  }
  return true;
}

bool DecodedFile::read(uint64_t key, uint8_t *pixels) const {
  const auto place = places_.find(key);
  return place != places_.end() &&
         read_at(int64_t(place->second) * picture_size_, pixels,
                 size_t(picture_size_)) &&
         checksum(pixels, picture_size_) == checksums_[place->second];
}

template <typename Write>
void DecodedFileWriter::attempt(Write write) {
  if (!failure_.empty())
    return;
  try {
    write();
  } catch (const Error &error) {
    failure_ = error.what();
    file_.reset();
  }
}

DecodedFileWriter::DecodedFileWriter(const std::string &path,
                                     int64_t picture_size)
    : picture_size_(picture_size) {
  attempt([&] {
    remove_abandoned(path);
    file_.emplace(path);
  });
}

void DecodedFileWriter::add(uint64_t key, const uint8_t *pixels) {
  attempt([&] { file_->write(pixels, size_t(picture_size_)); });
  table_.push_back(key);
  table_.push_back(checksum(pixels, picture_size_));
}

std::string DecodedFileWriter::commit() {
  const size_t size = table_.size() * sizeof(uint64_t);
  Trailer trailer;
  trailer.picture_size = picture_size_;
  trailer.count = int64_t(table_.size()) / 2;
  trailer.table_checksum = checksum(table_.data(), int64_t(size));
  attempt([&] {
    file_->write(table_.data(), size);
    file_->write(&trailer, sizeof(trailer));
    file_->commit();
  });
  return failure_;
}

} // namespace lathe
