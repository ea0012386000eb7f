//===- WeightGradient.h - Strategies of weight gradients --------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_STRATEGIES_WEIGHTGRADIENT_H
#define LATHE_COMPILER_KERNELS_STRATEGIES_WEIGHTGRADIENT_H

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Strategy.h"

namespace lathe::kernels {

/// A strategy of conv2d_backward_weights.
class WeightGradient : public Strategy {
public:
  using Strategy::Strategy;

  /// Tasks of the schedule, in each slice.
  virtual int64_t blocks(const Convolution &s, const Parameters &parameters,
                         const Machine &machine) const = 0;
  /// Extra time for each slice: what its sums take before they are written.
  /// `bytes` is the size of the filter.
  virtual double microsecondsOfSums(const Machine &, double /*bytes*/) const {
    return 0;
  }
};

/// What the algorithm of Conv2DBackwardWeights.cpp makes beside the sums over a
/// strip, which are the anchor.
struct WeightGradientSums {
  Halide::Func total;     ///< of a task, by slice
  Halide::Func gradients; ///< computed for a task's channels of a strip
};

/// Sums of this size in bytes are added up on the stack of a task.
inline int64_t smallSums(const Machine &machine) { return machine.l1 / 6; }

/// Bytes of the whole filter.
int64_t filterBytes(const Convolution &s);

/// Number of parts that cover an extent.
inline int parts(int64_t extent, int64_t part) {
  return static_cast<int>((extent + part - 1) / part);
}

/// The largest divisor of `size` that is at most `limit`.
int largestDivisor(int size, int limit);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_STRATEGIES_WEIGHTGRADIENT_H
