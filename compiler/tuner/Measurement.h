//===- Measurement.h - Schedules compiled and timed -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_MEASUREMENT_H
#define LATHE_COMPILER_TUNER_MEASUREMENT_H

#include "compiler/codegen/KernelObjects.h"
#include <atomic>

namespace lathe {

/// An object file, or why there is none.
struct CompiledSchedule {
  ObjectFile object;
  std::string failure;
  bool interrupted = false;
};

/// Compiles schedules of a kernel in child processes, as many at once as there
/// are cores, each for so many seconds at most.
std::vector<CompiledSchedule>
compileSchedules(const kernels::KernelSpec &spec,
                 llvm::ArrayRef<kernels::Schedule> schedules,
                 llvm::StringRef model, const CodegenOptions &options,
                 double seconds, const std::atomic<bool> &stop);

struct TimedObject {
  double milliseconds = 0; ///< of a call; where there is no failure
  std::string failure;     ///< "crashed (signal 4)", "computes something else"
  bool interrupted = false;
};

struct TimingConditions {
  int64_t samples = 1;
  unsigned threads = 1;
  double secondsEach = 0.03; ///< of measuring an object, besides loading it
  double timeout = 10;       ///< of all
};

/// Times objects of one kernel against each other, in turns, in a child
/// process. The first one's results are right: others that do not agree with
/// them, within 1e-3 of the largest element, fail. So do those that crash or
/// hang; the rest is then measured without them.
std::vector<TimedObject> timeObjects(const kernels::KernelSpec &spec,
                                     llvm::StringRef model,
                                     llvm::ArrayRef<const ObjectFile *> objects,
                                     const TimingConditions &conditions,
                                     const std::atomic<bool> &stop);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_MEASUREMENT_H
