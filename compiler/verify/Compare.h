//===- Compare.h - Whether two tensors are the same -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_VERIFY_COMPARE_H
#define LATHE_COMPILER_VERIFY_COMPARE_H

#include "compiler/verify/OnnxRuntime.h"

namespace lathe::verify {

/// Elements a and b agree where |a - b| <= absolute·s + relative·|b|, s the
/// largest element of b's tensor, or 1: what cancels in a sum is as exact as
/// its terms. Integers and truth values are equal or not.
struct Tolerance {
  double relative = 1e-3, absolute = 1e-5;
};

struct Comparison {
  bool agrees = true;
  std::string problem;         ///< where shapes or types differ
  double difference = 0;       ///< the largest |a - b|
  std::vector<int64_t> at;     ///< its place, or that of the worst disagreement
  double ours = 0, theirs = 0; ///< the elements there
};

Comparison compare(const Array &ours, const Array &theirs,
                   const Tolerance &tolerance);

/// "[0,3,2]"
std::string describe(const std::vector<int64_t> &extents);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_COMPARE_H
