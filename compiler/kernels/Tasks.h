//===- Tasks.h - How work is cut into tasks ---------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_TASKS_H
#define LATHE_COMPILER_KERNELS_TASKS_H

#include "compiler/machine/Machine.h"

#include <algorithm>

namespace lathe::kernels {

/// Microseconds that a task should have of a kernel that takes `whole`. Where
/// tasks of the machine's usual length would leave cores idle, they are down to
/// a quarter as long: handing out more of them costs less than the idle cores.
inline double taskLength(const Machine &machine, double whole) {
  double usual = machine.taskMicroseconds;
  return std::clamp(whole / machine.cores, usual / 4, usual);
}

/// How many of `count` equal pieces of work to give to each task, so that tasks
/// have nearly one length.
inline int64_t piecesPerTask(const Machine &machine, int64_t count,
                             double microsecondsEach) {
  double whole = static_cast<double>(count) * microsecondsEach;
  auto tasks = static_cast<int64_t>(std::clamp(
      whole / taskLength(machine, whole), 1.0, static_cast<double>(count)));
  return (count + tasks - 1) / tasks;
}

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_TASKS_H
