//===- Advice.h - What passes ask the kernels ------------------*- C++ -*-===//
//
// Passes that choose between two ways of computing the same thing ask here, so
// that no pass repeats what a schedule knows.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_ADVICE_H
#define LATHE_COMPILER_KERNELS_ADVICE_H

#include "compiler/machine/Machine.h"

#include <cstdint>

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

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ADVICE_H
