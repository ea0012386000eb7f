//===- SpecialKernels.h - Each operation for itself -------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_SPECIALKERNELS_H
#define LATHE_TEST_KERNELS_SPECIALKERNELS_H

#include "test/kernels/SpecBuilder.h"

namespace lathe::kernels {

/// A kernel that shows what becomes of NaN, infinities and zeros.
struct SpecialKernel {
  KernelSpec spec;
  /// Zero times infinity, or their difference, is in one formula and not in
  /// another: where one result is NaN, the other may be anything. OfAll: zero
  /// times NaN too, where the reference knows a number.
  enum Freedom { None, OfInfinity, OfAll } freedom = None;
  bool signedZero = false; ///< results are copies: -0 stays -0
  bool finite = false;     ///< a step proves that the operands are, before
  /// An input of each image that comes from the artifact itself.
  std::vector<double> drawn = {};
  size_t drawnInput = 1;
  bool subnormals = true; ///< false: what is divided by them overflows
};

/// Kernels of one operation, one for each of its functions and forms; empty for
/// an operation that is not in the table.
std::vector<SpecialKernel> specialKernels(const std::string &op);

/// What is fused before and behind convolutions, products and pooling.
std::vector<SpecialKernel> fusedSpecialKernels();

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_SPECIALKERNELS_H
