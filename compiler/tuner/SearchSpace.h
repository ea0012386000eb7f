//===- SearchSpace.h - Which schedules are worth a trial --------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_SEARCHSPACE_H
#define LATHE_COMPILER_TUNER_SEARCHSPACE_H

#include "compiler/kernels/Kernel.h"

namespace lathe {

/// The schedules of a kernel that differ from others by a step, without those
/// that do not apply or whose register tile cannot be quick.
class SearchSpace {
public:
  SearchSpace(const kernels::KernelSpec &spec, const Machine &machine,
              int64_t samples);

  /// Those that stand at a strategy's beginning, the kernel's default first.
  const std::vector<kernels::Schedule> &defaults() const { return strategies; }

  /// One parameter by 1 or by a factor of 2, or another register tile; the most
  /// promising first.
  std::vector<kernels::Schedule>
  neighbours(const kernels::Schedule &schedule) const;

  /// Whether the schedule applies to the kernel and may pay: what compiles it
  /// must not be at its mercy.
  bool plausible(const kernels::Schedule &schedule) const;

private:
  double cost(const kernels::Schedule &schedule) const;

  const kernels::KernelSpec &spec;
  Machine machine;
  int64_t samples;
  std::vector<kernels::Schedule> strategies;
  double defaultCost;
};

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_SEARCHSPACE_H
