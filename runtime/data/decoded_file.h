// decoded_file.h: decoded pictures in a file, for later runs.
#pragma once

#include "runtime/atomic_file.h"
#include "runtime/data/dataset.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lathe {

// What the pixels of a picture depend on: its path, size and time, and how it
// is read.
uint64_t decoded_key(const std::string &picture, const DatasetSpec &spec);

// The file in `folder` for the pictures of `place`, read in this way.
std::string decoded_file_path(const std::string &folder,
                              const std::string &place,
                              const DatasetSpec &spec);

class DecodedFile {
public:
  // A file that is not there, or not whole, holds no pictures.
  DecodedFile(const std::string &path, int64_t picture_size);
  DecodedFile(const DecodedFile &) = delete;
  DecodedFile &operator=(const DecodedFile &) = delete;
  ~DecodedFile();

  const std::string &path() const { return path_; }
  bool exists() const { return file_ >= 0; }
  bool is_whole() const { return is_whole_; }
  // In the order in which they were added.
  const std::vector<uint64_t> &keys() const { return keys_; }
  bool has(uint64_t key) const { return places_.count(key) != 0; }
  // False where it has no such picture, or not any more: the pixels carry a
  // checksum. May be called from several threads.
  bool read(uint64_t key, uint8_t *pixels) const;

private:
  bool read_at(int64_t offset, void *data, size_t size) const;
  bool read_table();

  std::string path_;
  int64_t picture_size_;
  int file_ = -1;
  bool is_whole_ = false;
  std::vector<uint64_t> keys_, checksums_;
  std::unordered_map<uint64_t, size_t> places_;
};

// Writes such a file anew; readers of the old one keep what they have opened.
// At the first failure, such as a full disk, what was written is removed, and
// what follows is not written.
class DecodedFileWriter {
public:
  DecodedFileWriter(const std::string &path, int64_t picture_size);
  void add(uint64_t key, const uint8_t *pixels);
  // "", or why there is no such file.
  std::string commit();

private:
  template <typename Write>
  void attempt(Write write);

  std::optional<AtomicFile> file_;
  std::string failure_;
  int64_t picture_size_;
  std::vector<uint64_t> table_;
};

} // namespace lathe
