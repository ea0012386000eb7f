//===- Prefetch.h - Memory that is asked for early --------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_PREFETCH_H
#define LATHE_COMPILER_KERNELS_PREFETCH_H

#include <Halide.h>

namespace lathe::kernels {

/// Halide 14 steps from line to line of a prefetch as if elements were bytes.
Halide::Internal::Stmt mendPrefetches(const Halide::Internal::Stmt &body);

/// Halide asks for all that a loop's next iteration reads when an iteration
/// begins. The memory answers some twenty lines at a time, and the CPU waits
/// for the others. Where the iteration holds a loop over `variable`, each step
/// of that one asks for its share instead, while it computes; and for what the
/// next iteration writes, too.
Halide::Internal::Stmt spreadPrefetches(const Halide::Internal::Stmt &body,
                                        const std::string &variable);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_PREFETCH_H
