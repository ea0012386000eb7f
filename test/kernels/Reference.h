//===- Reference.h - Kernels by naive loops ---------------------*- C++ -*-===//
//
// Evaluates a kernel operation by operation, with the plainest loops and sums
// in double. Independent of the kernel room: it shares only the description.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_TEST_KERNELS_REFERENCE_H
#define LATHE_TEST_KERNELS_REFERENCE_H

#include "compiler/kernels/Kernel.h"

namespace lathe::kernels {

/// A tensor with a known batch; doubles hold every element type's values that
/// the tests use (integers below 2^53).
struct Tensor {
  ElementType element = ElementType::F32;
  std::vector<int64_t> shape;
  std::vector<double> data;

  Tensor() = default;
  Tensor(const TensorType &type, int64_t n);
  /// Row-major element; indices outside the tensor are the caller's mistake.
  double &at(std::initializer_list<int64_t> index);
  double at(std::initializer_list<int64_t> index) const;
};

/// The results of the kernel, in order.
std::vector<Tensor> evaluate(const KernelSpec &spec,
                             const std::vector<Tensor> &inputs, int64_t n);

/// The dropout mask's bits for one element, written from the published hash.
bool dropoutKeeps(uint64_t seed, uint64_t iteration, uint64_t key,
                  uint32_t index, double rate);

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_REFERENCE_H
