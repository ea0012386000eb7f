// input_file.h: a data file, plain or gzip-compressed, read from front to back.
#pragma once

#include "runtime/error.h"

#include <cstdint>
#include <string>
#include <vector>

struct gzFile_s;

namespace lathe {

// Every failure is an Error that names the file and the byte where it happened;
// in a compressed file, the byte of the uncompressed data.
class InputFile {
public:
  explicit InputFile(const std::string &path);
  ~InputFile();
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;

  const std::string &path() const { return path_; }
  uint64_t offset() const { return offset_; }

  // Reads exactly n bytes of `what` ("the header").
  void read(void *data, size_t n, const char *what);
  // Appends n bytes. Memory grows with what is really there: a header's promise
  // alone allocates nothing.
  void append(std::vector<uint8_t> &data, uint64_t n, const char *what);
  // Reads up to n bytes; fewer only at the end.
  size_t read_some(void *data, size_t n);
  void expect_end(const char *what);

  [[noreturn]] void fail_at(uint64_t offset, const std::string &message) const;

private:
  std::string path_;
  gzFile_s *file_;
  bool compressed_;
  uint64_t largest_; // no file of this length holds more bytes of data
  uint64_t offset_ = 0;
};

} // namespace lathe
