// path_lock.h: one process at a time writes a file.
#pragma once

#include <string>

namespace lathe {

// Held by the process that writes `path` again and again. The kernel releases
// it when the process ends, in whatever way. It stands on the file .NAME.lock
// beside `path`, which is removed when it is released in order.
class PathLock {
public:
  // Throws Error, naming the other process, where one holds it.
  explicit PathLock(const std::string &path);
  PathLock(PathLock &&other) noexcept;
  PathLock &operator=(PathLock &&) = delete;
  ~PathLock();

private:
  bool try_lock(const std::string &path);

  std::string name_;
  int file_ = -1;
};

} // namespace lathe
