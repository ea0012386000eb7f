//===- Naive.h - The plainest way to compute a kernel -----------*- C++ -*-===//
//
// Strategy "naive" leaves Halide's loops as they are: element by element, each
// sum by itself, with sums of products in doubles. What cannot do without a
// schedule (statistics of a whole batch, of rows, of channels) has its default
// one for vectors of a single lane.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_NAIVE_H
#define LATHE_COMPILER_KERNELS_NAIVE_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

inline bool isNaive(const Schedule &schedule) {
  return schedule.strategy == "naive";
}

/// A parameter that any schedule may have: the lanes of a vector, at most those
/// of the machine.
inline constexpr const char *lanesParameter = "lanes";

/// Where a sum of products begins, and one of them, in the type that the
/// kernel adds.
inline Halide::Expr sumStart(const Builder &builder) {
  return isNaive(builder.chosen) ? Halide::Expr(0.0) : Halide::Expr(0.0f);
}
inline Halide::Expr product(const Builder &builder, const Halide::Expr &a,
                            const Halide::Expr &b) {
  return isNaive(builder.chosen)
             ? Halide::cast<double>(a) * Halide::cast<double>(b)
             : a * b;
}

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_NAIVE_H
