//===- Advice.h - What passes ask the kernels ------------------*- C++ -*-===//
//
// Passes that choose between two ways of computing the same thing ask here, so
// that no pass repeats what a schedule knows.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_ADVICE_H
#define LATHE_COMPILER_KERNELS_ADVICE_H

#include "compiler/kernels/Kernel.h"

namespace lathe::kernels {

/// Whether a 3x3 convolution with strides of 1, from `in` to `out` channels and
/// so many results of `height` x `width`, is quicker by the Winograd algorithm,
/// its filter being transformed at each call or, `prepared`, beforehand. Its
/// channels must be whole vectors.
bool winogradPays(const Machine &machine, int64_t batch, int64_t height,
                  int64_t width, int64_t in, int64_t out, bool prepared);

/// Whether a filter of so many bytes is so large that a kernel reads it faster
/// once it is rearranged: packed or transposed. Smaller ones stay near the core
/// while a kernel runs.
bool rearrangingPays(const Machine &machine, int64_t filterBytes);

/// Into how many slices of the batch the gradient of a convolution's weights is
/// best cut, whose sums are kept apart and added up by a kernel of its own: as
/// many as the cores that are planned for ask, and not so many that their sums
/// cost much. 1 where its channels make tasks enough, or where its sums are so
/// small that a task adds up slices on its stack. `spec` has that one node.
int64_t weightGradientSlices(const KernelSpec &spec, const Machine &machine);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ADVICE_H
