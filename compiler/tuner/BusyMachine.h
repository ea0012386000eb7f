//===- BusyMachine.h - Whether a machine does other work --------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_BUSYMACHINE_H
#define LATHE_COMPILER_TUNER_BUSYMACHINE_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace lathe {

/// The time of all processors since the machine was started, in ticks.
struct ProcessorTime {
  double busy = 0, idle = 0;
  unsigned processors = 0;
};

/// From the text of /proc/stat. Nothing where it is another text.
std::optional<ProcessorTime> parseProcessorTime(llvm::StringRef stat);

/// How many processors were busy from `before` to `after`.
double busyProcessors(const ProcessorTime &before, const ProcessorTime &after);

/// A warning if other processes keep processors busy while this one sleeps for
/// a moment; empty if they do not, or if the system does not tell.
std::string warnIfBusy();

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_BUSYMACHINE_H
