//===- Unrolling.h - What becomes code, and what a loop ---------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_UNROLLING_H
#define LATHE_COMPILER_KERNELS_UNROLLING_H

namespace lathe::kernels {

/// Windows and strides up to this long may be unrolled: no network has longer
/// ones in a layer that takes its time, and the code of a tile grows with them.
inline constexpr int longestUnrolled = 16;

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_UNROLLING_H
