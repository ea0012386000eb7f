// history.cpp: see history.h.
#include "runtime/cli/history.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace lathe {

constexpr const char *heading =
    "epoch,accuracy,loss,val_accuracy,val_loss,learning_rate";

History::History(const std::string &path, int64_t first_epoch) : path_(path) {
  std::string kept = std::string(heading) + "\n";
  std::ifstream old(path);
  std::string line;
  if (first_epoch > 0 && std::getline(old, line)) {
    if (line != heading)
      fail("{}: line 1: is not a training history ({})", path, heading);
    while (std::getline(old, line))
      if (std::strtoll(line.c_str(), nullptr, 10) < first_epoch)
        kept += line + "\n";
  }
  AtomicFile file(path);
  file.write(kept.data(), kept.size());
  file.commit();
}

// Shortest texts that read back as the same numbers; no validation leaves its
// columns empty.
void History::append(const lathe_event &event) {
  std::string validation = ",";
  if (event.validation.samples != 0)
    validation =
        fmt::format("{},{}", event.validation.accuracy, event.validation.loss);
  std::ofstream file(path_, std::ios::app);
  file << fmt::format("{},{},{},{},{}\n", event.epoch, event.train.accuracy,
                      event.train.loss, validation, event.learning_rate);
  file.close();
  if (!file)
    fail("cannot write {}: {}", path_, std::strerror(errno));
}

} // namespace lathe
