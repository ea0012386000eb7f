// input_file.h: a data file, plain or compressed, read from front to back.
#pragma once

#include "runtime/error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lathe {

// Deflate spends at least one bit on a match of 258 bytes, and with its framing
// never gets beyond 1032:1 (zlib's technical notes).
constexpr uint64_t largest_deflate_ratio = 1032;

// Where bytes come from.
class ByteSource {
public:
  virtual ~ByteSource() = default;
  virtual const std::string &name() const = 0; // for messages
  virtual bool is_compressed() const = 0;
  virtual uint64_t largest() const = 0; // it never holds more bytes
  // Up to `size` bytes, 0 at the end. Sets `problem` where there is one.
  virtual int read(void *data, unsigned size, std::string &problem) = 0;
};

// Every failure is an Error that names the file and the byte where it happened;
// in a compressed file, the byte of the uncompressed data.
class InputFile {
public:
  // A plain file or a gzip-compressed one.
  explicit InputFile(const std::string &path);
  explicit InputFile(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)) {}

  const std::string &path() const { return source_->name(); }
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
  std::unique_ptr<ByteSource> source_;
  uint64_t offset_ = 0;
};

} // namespace lathe
