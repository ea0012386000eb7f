// history.cpp: see history.h.
#include "runtime/cli/history.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace lathe {

namespace {

constexpr const char *heading =
    "epoch,accuracy,loss,val_accuracy,val_loss,learning_rate";

// The lines of `old` that stay. The last one may be cut off.
std::string kept_rows(const std::string &old, int64_t first_epoch,
                      const std::string &last_row) {
  const int64_t end = last_row.empty() ? first_epoch : first_epoch - 1;
  std::istringstream lines(old);
  std::string kept, line;
  std::getline(lines, line);
  while (std::getline(lines, line) && !lines.eof())
    if (std::strtoll(line.c_str(), nullptr, 10) < end)
      kept += line + "\n";
  return last_row.empty() ? kept : kept + last_row + "\n";
}

} // namespace

History::History(const std::string &path, int64_t first_epoch,
                 const std::string &last_row)
    : path_(path) {
  std::ifstream file(path, std::ios::binary);
  const std::string old(std::istreambuf_iterator<char>(file), {});
  const std::string first_line = std::string(heading) + "\n";
  std::string kept = first_line;
  if (old.compare(0, first_line.size(), first_line) == 0) {
    if (first_epoch > 0)
      kept += kept_rows(old, first_epoch, last_row);
  } else if (!old.empty()) {
    fail("{}: line 1: is not a training history ({})", path, heading);
  }
  AtomicFile replacement(path);
  if (kept == old)
    return;
  replacement.write(kept.data(), kept.size());
  replacement.commit();
}

void History::append(const std::string &row) const {
  const std::string line = row + "\n";
  int file = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0)
    fail("cannot write {}: {}", path_, std::strerror(errno));
  try {
    write_all(file, line.data(), line.size(), path_);
    if (fsync(file) != 0)
      fail("cannot write {}: {}", path_, std::strerror(errno));
  } catch (...) {
    close(file);
    throw;
  }
  close(file);
}

// Shortest texts that read back as the same numbers; no validation leaves its
// columns empty.
std::string history_row(const lathe_event &event) {
  std::string validation = ",";
  if (event.validation.samples != 0)
    validation =
        fmt::format("{},{}", event.validation.accuracy, event.validation.loss);
  return fmt::format("{},{},{},{},{}", event.epoch, event.train.accuracy,
                     event.train.loss, validation, event.learning_rate);
}

} // namespace lathe
