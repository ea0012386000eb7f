// path_lock.cpp: see path_lock.h.
#include "runtime/path_lock.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace lathe {

namespace {

// POSIX's locks rather than flock's: they know who holds them, and work across
// NFS.
struct flock whole_file() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// "process 123"; one of another machine or container has no number here.
std::string holder(int file) {
  struct flock lock = whole_file();
  if (fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
      lock.l_pid > 0)
    return fmt::format("process {}", lock.l_pid);
  return "another process";
}

} // namespace

PathLock::PathLock(const std::string &path) {
  const std::filesystem::path target = writable_target(path);
  name_ = (target.parent_path() / ("." + target.filename().string() + ".lock"))
              .string();
  while (!try_lock(path)) {
  }
}

// False when the file was removed by its last holder meanwhile.
bool PathLock::try_lock(const std::string &path) {
  file_ = open(name_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0)
    fail("cannot write {}: {}", path, std::strerror(errno));
  struct flock lock = whole_file();
  if (fcntl(file_, F_SETLK, &lock) != 0) {
    const int error = errno;
    const std::string who = holder(file_);
    close(std::exchange(file_, -1));
    if (error == EAGAIN || error == EACCES)
      fail("{} is being written by {}; --save FILE saves elsewhere", path, who);
    unlink(name_.c_str());
    fmt::print(stderr,
               "{} cannot be locked ({}); see to it that nobody else writes "
               "it\n",
               path, std::strerror(error));
    return true;
  }
  struct stat locked = {}, named = {};
  if (fstat(file_, &locked) == 0 && stat(name_.c_str(), &named) == 0 &&
      locked.st_ino == named.st_ino && locked.st_dev == named.st_dev)
    return true;
  close(std::exchange(file_, -1));
  return false;
}

PathLock::PathLock(PathLock &&other) noexcept
    : name_(std::move(other.name_)), file_(std::exchange(other.file_, -1)) {}

PathLock::~PathLock() {
  if (file_ >= 0) {
    unlink(name_.c_str());
    close(file_);
  }
}

} // namespace lathe
