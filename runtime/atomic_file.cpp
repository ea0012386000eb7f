// atomic_file.cpp: see atomic_file.h.
#include "runtime/atomic_file.h"

#include "runtime/error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace lathe {

namespace fs = std::filesystem;

namespace {

constexpr const char *suffix = ".lathe-tmp";
constexpr size_t random_letters = 12;

[[noreturn]] void fail_to_write(const std::string &path, int error) {
  fail("cannot write {}: {}", path, std::strerror(error));
}

std::string random_name() {
  static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  static std::random_device device;
  std::string name;
  for (size_t i = 0; i < random_letters; ++i)
    name += letters[device() % (sizeof(letters) - 1)];
  return name;
}

// "/a/.b." for "/a/b": how the temporary files of a path begin.
std::string temporary_prefix(const fs::path &path) {
  return (path.parent_path() / ("." + path.filename().string() + ".")).string();
}

// The rename reaches the disk with the folder. Not every file system can do
// that; the file is in place all the same.
void flush_folder(const std::string &path) {
  const fs::path folder = fs::path(path).parent_path();
  int handle = open(folder.empty() ? "." : folder.c_str(),
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0)
    return;
  const int error = fsync(handle) == 0 ? 0 : errno;
  close(handle);
  if (error == EIO || error == ENOSPC || error == EDQUOT)
    fail_to_write(path, error);
}

} // namespace

std::string writable_target(const std::string &path) {
  fs::path target = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(target, error); ++links) {
    if (links == 40)
      fail_to_write(path, ELOOP);
    target = target.parent_path() / fs::read_symlink(target, error);
    if (error)
      fail_to_write(path, error.value());
  }
  if (fs::exists(target, error)) {
    if (!fs::is_regular_file(target, error))
      fail("cannot write {}: it is not a file", path);
    if (access(target.c_str(), W_OK) != 0)
      fail_to_write(path, errno);
  }
  return target.string();
}

void remove_abandoned(const std::string &written) {
  const fs::path path = writable_target(written);
  const std::string prefix = temporary_prefix(path);
  const fs::path folder = path.parent_path();
  std::error_code error;
  for (const fs::directory_entry &entry :
       fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const std::string name = folder.empty() ? entry.path().filename().string()
                                            : entry.path().string();
    if (name.size() != prefix.size() + random_letters + std::strlen(suffix) ||
        name.compare(0, prefix.size(), prefix) != 0 ||
        name.compare(name.size() - std::strlen(suffix), std::string::npos,
                     suffix) != 0)
      continue;
    int file = open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
      continue;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
      unlink(name.c_str());
    close(file);
  }
}

AtomicFile::AtomicFile(const std::string &path) : path_(writable_target(path)) {
  struct stat old = {};
  const bool exists = stat(path_.c_str(), &old) == 0;
  create(exists ? old.st_mode & 0777 : 0666);
  if (!exists)
    return;
  if ((old.st_uid != geteuid() || old.st_gid != getegid()) &&
      fchown(file_, old.st_uid, old.st_gid) != 0) {
    // Only root may give files away: then it becomes this user's.
  }
  if (fchmod(file_, old.st_mode & 0777) != 0)
    fail_to_write(path_, errno);
}

void AtomicFile::create(mode_t mode) {
  for (;;) {
    temporary_ = temporary_prefix(path_) + random_name() + suffix;
    file_ =
        open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file_ < 0 && errno == EEXIST)
      continue;
    if (file_ < 0)
      fail_to_write(path_, errno);
    // Someone who tidies up may have come between; a file system without locks
    // keeps everyone from tidying up.
    struct stat status = {};
    flock(file_, LOCK_EX);
    if (fstat(file_, &status) != 0 || status.st_nlink != 0)
      return;
    close(file_);
  }
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) {
    unlink(temporary_.c_str());
    close(file_);
  }
}

void write_all(int file, const void *data, size_t size,
               const std::string &path) {
  const char *bytes = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t written =
        ::write(file, bytes, std::min<size_t>(size, size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      fail_to_write(path, errno);
    bytes += written;
    size -= size_t(written);
  }
}

void AtomicFile::write(const void *data, size_t size) {
  write_all(file_, data, size, path_);
}

void AtomicFile::commit() {
  if (fsync(file_) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0)
    fail_to_write(path_, errno);
  close(file_);
  file_ = -1;
  flush_folder(path_);
}

} // namespace lathe
