// history.h: the figures of each epoch as a CSV file, as Keras's CSVLogger.
#pragma once

#include "runtime/artifact.h"

#include <string>

namespace lathe {

class History {
public:
  // Begins the file, or, where `first_epoch` is not 0, keeps the rows of the
  // epochs before it: a run that was killed after writing a row and before
  // saving its checkpoint does that epoch again. Throws Error.
  History(const std::string &path, int64_t first_epoch);
  void append(const lathe_event &event);

private:
  std::string path_;
};

} // namespace lathe
