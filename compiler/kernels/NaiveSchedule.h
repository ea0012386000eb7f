//===- NaiveSchedule.h - The schedule of references -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_NAIVESCHEDULE_H
#define LATHE_COMPILER_KERNELS_NAIVESCHEDULE_H

#include "compiler/kernels/Kernel.h"

namespace lathe::kernels {

/// The plainest schedule that the kernel has: no vectors, no tiles, no threads
/// where it can do without.
Schedule naiveSchedule(const KernelSpec &spec, const Machine &machine);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_NAIVESCHEDULE_H
