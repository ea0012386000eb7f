// atomic_file.h: files that are replaced as a whole or not at all.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace lathe {

// The file that writing to `path` replaces: what a link points to, even where
// that does not exist yet. Throws Error where it is a folder, a device or
// write-protected.
std::string writable_target(const std::string &path);

// Writes to a temporary file beside PATH; commit flushes that to the disk and
// renames it to PATH, with the permissions that PATH had. Without commit, PATH
// stays as it was. The temporary file, .PATH.XXXXXXXXXXXX.lathe-tmp, belongs to
// this writer, which holds a lock on it. Failures are Errors that name PATH.
class AtomicFile {
public:
  explicit AtomicFile(const std::string &path);
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  void write(const void *data, size_t size);
  void commit();

private:
  void create(mode_t mode);

  std::string path_;
  std::string temporary_;
  int file_ = -1;
};

// Removes the temporary files of PATH's writers that were killed: those that
// nobody holds a lock on.
void remove_abandoned(const std::string &path);

// Writes all of it. Throws Error, naming `path`.
void write_all(int file, const void *data, size_t size,
               const std::string &path);

} // namespace lathe
