// atomic_file.h: files that are replaced as a whole or not at all.
#pragma once

#include <cstddef>
#include <string>

namespace lathe {

// Writes to PATH.tmp; commit flushes that to the disk and renames it to PATH.
// Without commit, PATH stays as it was and PATH.tmp is removed. Failures are
// Errors that name PATH.
class AtomicFile {
public:
  explicit AtomicFile(const std::string &path);
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  void write(const void *data, size_t size);
  void commit();

private:
  std::string path_;
  std::string temporary_;
  int file_ = -1;
};

} // namespace lathe
