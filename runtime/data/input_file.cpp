// input_file.cpp: see input_file.h.
#include "runtime/data/input_file.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lathe {

namespace {

class GzipFile : public ByteSource {
public:
  explicit GzipFile(const std::string &path) : path_(path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
      fail("{}: no such file", path);
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_)
      fail("{}: {}", path, std::strerror(errno));
    gzbuffer(file_.get(), 1 << 18);
    largest_ = std::filesystem::file_size(path, error);
    if (is_compressed())
      largest_ *= largest_deflate_ratio;
  }

  const std::string &name() const override { return path_; }
  bool is_compressed() const override { return !gzdirect(file_.get()); }
  uint64_t largest() const override { return largest_; }

  int read(void *data, unsigned size, std::string &problem) override {
    const int got = gzread(file_.get(), data, size);
    int code = Z_OK;
    const char *message = gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      problem = code == Z_BUF_ERROR ? "the compressed data is cut off"
                : code == Z_ERRNO   ? std::strerror(errno)
                                    : message;
    return got;
  }

private:
  struct Close {
    void operator()(gzFile_s *file) const { gzclose(file); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  uint64_t largest_ = 0;
};

} // namespace

InputFile::InputFile(const std::string &path)
    : source_(std::make_unique<GzipFile>(path)) {}

void InputFile::fail_at(uint64_t offset, const std::string &message) const {
  fail("{}: byte {}{}: {}", path(), offset,
       source_->is_compressed() ? " of the uncompressed data" : "", message);
}

size_t InputFile::read_some(void *data, size_t n) {
  size_t done = 0;
  while (done < n) {
    unsigned piece = unsigned(std::min<size_t>(n - done, 1 << 30));
    std::string problem;
    int got = source_->read(static_cast<char *>(data) + done, piece, problem);
    if (!problem.empty())
      fail_at(offset_ + uint64_t(std::max(got, 0)), problem);
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
  if (n > source_->largest())
    fail_at(offset_, fmt::format("the header promises {} bytes of {}, more "
                                 "than the file can hold",
                                 n, what));
  while (n > 0) {
    size_t piece = size_t(source_->is_compressed()
                              ? std::min<uint64_t>(n, uint64_t(1) << 24)
                              : n);
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
