//===- Limits.h - How large tensors may be ----------------------*- C++ -*-===//
#ifndef LATHE_DIALECTS_NN_LIMITS_H
#define LATHE_DIALECTS_NN_LIMITS_H

#include <cstdint>

namespace lathe::nn {

/// A parameter, or a sample's share of a tensor, has at most as many elements:
/// its size in bytes fits the 32-bit arithmetic of kernels.
inline constexpr int64_t maxElements = int64_t(1) << 29;
inline constexpr const char *tooManyElements =
    "more than 2^29 elements, which is too large";

/// A batch has fewer elements than this: kernels count them in 32 bits.
inline constexpr int64_t maxBatchElements = int64_t(1) << 31;

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_LIMITS_H
