// history.h: the figures of each epoch as a CSV file, as Keras's CSVLogger.
#pragma once

#include "runtime/artifact.h"

#include <string>

namespace lathe {

// An epoch's line of the file, without its end.
std::string history_row(const lathe_event &event);

class History {
public:
  // Begins the file, or, where `first_epoch` is not 0, keeps the rows of the
  // epochs before it. `last_row` is that of the epoch before it as the
  // checkpoint has it: a run that was killed after saving, or whose disk was
  // full, did not write it, or not all of it. Throws Error.
  History(const std::string &path, int64_t first_epoch,
          const std::string &last_row = "");
  void append(const std::string &row) const;

private:
  std::string path_;
};

} // namespace lathe
