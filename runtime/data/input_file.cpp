// input_file.cpp: see input_file.h.
#include "runtime/data/input_file.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lathe {

// Deflate spends at least one bit on a match of 258 bytes, and with its framing
// never gets beyond 1032:1 (zlib's technical notes).
constexpr uint64_t largest_deflate_ratio = 1032;

InputFile::InputFile(const std::string &path) : path_(path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    fail("{}: no such file", path);
  file_ = gzopen(path.c_str(), "rb");
  if (!file_)
    fail("{}: {}", path, std::strerror(errno));
  gzbuffer(file_, 1 << 18);
  largest_ = std::filesystem::file_size(path, error);
  compressed_ = !gzdirect(file_);
  if (compressed_)
    largest_ *= largest_deflate_ratio;
}

InputFile::~InputFile() { gzclose(file_); }

void InputFile::fail_at(uint64_t offset, const std::string &message) const {
  fail("{}: byte {}{}: {}", path_, offset,
       compressed_ ? " of the uncompressed data" : "", message);
}

size_t InputFile::read_some(void *data, size_t n) {
  size_t done = 0;
  while (done < n) {
    unsigned piece = unsigned(std::min<size_t>(n - done, 1 << 30));
    int got = gzread(file_, static_cast<char *>(data) + done, piece);
    int code = Z_OK;
    const char *message = gzerror(file_, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      fail_at(offset_ + (got > 0 ? got : 0),
              code == Z_BUF_ERROR ? "the compressed data is cut off"
              : code == Z_ERRNO   ? std::strerror(errno)
                                  : message);
    if (got == 0)
      break;
    done += size_t(got);
    offset_ += uint64_t(got);
  }
  return done;
}

void InputFile::read(void *data, size_t n, const char *what) {
  if (read_some(data, n) < n)
    fail_at(offset_, fmt::format("the file ends inside of {}", what));
}

void InputFile::append(std::vector<uint8_t> &data, uint64_t n,
                       const char *what) {
  if (n > largest_)
    fail_at(offset_, fmt::format("the header promises {} bytes of {}, more "
                                 "than the file can hold",
                                 n, what));
  while (n > 0) {
    size_t piece =
        size_t(compressed_ ? std::min<uint64_t>(n, uint64_t(1) << 24) : n);
    size_t begin = data.size();
    data.resize(begin + piece);
    read(data.data() + begin, piece, what);
    n -= piece;
  }
}

void InputFile::expect_end(const char *what) {
  char byte;
  uint64_t end = offset_;
  if (read_some(&byte, 1) != 0)
    fail_at(end, fmt::format("there is more data after {}", what));
}

} // namespace lathe
