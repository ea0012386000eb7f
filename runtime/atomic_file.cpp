// atomic_file.cpp: see atomic_file.h.
#include "runtime/atomic_file.h"

#include "runtime/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lathe {

namespace fs = std::filesystem;

AtomicFile::AtomicFile(const std::string &path) : path_(path) {
  std::error_code error;
  if (fs::exists(path, error)) {
    // A link stays a link; a device is not ours to replace.
    path_ = fs::canonical(path, error).string();
    if (error || !fs::is_regular_file(path_, error))
      fail("cannot write {}: it is not a file", path);
  }
  temporary_ = path_ + ".tmp";
  file_ =
      open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0)
    fail("cannot write {}: {}", path_, std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) {
    close(file_);
    unlink(temporary_.c_str());
  }
}

void AtomicFile::write(const void *data, size_t size) {
  const char *bytes = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t written =
        ::write(file_, bytes, std::min<size_t>(size, size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      fail("cannot write {}: {}", path_, std::strerror(errno));
    bytes += written;
    size -= size_t(written);
  }
}

void AtomicFile::commit() {
  if (fsync(file_) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0)
    fail("cannot write {}: {}", path_, std::strerror(errno));
  close(file_);
  file_ = -1;
  // The rename itself reaches the disk with the folder. Not every file system
  // can do that; the file is in place all the same.
  fs::path folder = fs::path(path_).parent_path();
  int handle = open(folder.empty() ? "." : folder.c_str(),
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle >= 0) {
    fsync(handle);
    close(handle);
  }
}

} // namespace lathe
