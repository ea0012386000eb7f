//===- WinogradRule.h - Which convolutions use Winograd's ways --*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_WINOGRADRULE_H
#define LATHE_COMPILER_TRANSFORMS_WINOGRADRULE_H

#include <cstdint>

namespace lathe {

/// Whether a 3x3 convolution with strides of 1, from `in` to `out` channels and
/// so many results of `height` x `width`, is quicker by Winograd's way, its
/// filter being transformed at each call or, `prepared`, beforehand. Its
/// channels must be whole vectors.
///
/// Estimates, in multiply-adds of a whole vector of channels, what either way
/// takes. Measured on two kinds of CPU: reading a 6x6 tile and transforming it
/// takes 200, which each 64 output channels do anew; transforming the sums 120;
/// filters 150 for each vector of weights where they stay in the caches, and
/// eight times as much beyond. Prepared ones, four times a filter's size, were
/// not written just now: reading them takes 350, and 600.
bool winogradPays(int64_t batch, int64_t height, int64_t width, int64_t in,
                  int64_t out, bool prepared);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_WINOGRADRULE_H
