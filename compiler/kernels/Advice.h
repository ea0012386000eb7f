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

/// Whether the Winograd algorithm is faster for a 3x3 convolution with strides
/// of 1, from `in` to `out` channels, with `batch` results of `height` x
/// `width`. The filter is transformed in each call or, if `prepared`, before.
/// Channels must fill whole vectors.
bool winogradPays(const Machine &machine, int64_t batch, int64_t height,
                  int64_t width, int64_t in, int64_t out, bool prepared);

/// Whether a filter of `filterBytes` is worth rearranging (packing or
/// transposing) before a kernel reads it. Smaller filters stay in the caches
/// while a kernel runs.
bool rearrangingPays(const Machine &machine, int64_t filterBytes);

/// How many slices of the batch to compute a convolution's weight gradient in.
/// Each slice is stored separately; another kernel adds them up. More slices
/// keep more cores busy, but storing them costs time. Returns 1 if blocks of
/// channels already make enough tasks, or if the gradient is so small that a
/// task can add up slices on its stack. `spec` has that one node.
int64_t weightGradientSlices(const KernelSpec &spec, const Machine &machine);

/// How many slices to compute the sums of a fully connected layer in, whose
/// columns make too few tasks for the machine's cores. Another kernel adds up
/// the slices. Returns 1 where that does not pay. `spec` has that one node.
int64_t denseSlices(const KernelSpec &spec, const Machine &machine);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ADVICE_H
