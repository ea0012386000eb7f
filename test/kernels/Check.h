//===- Check.h - Kernels against the reference ------------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_CHECK_H
#define LATHE_TEST_KERNELS_CHECK_H

#include "test/kernels/Reference.h"
#include "test/kernels/SpecBuilder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include <cstddef>
#include <map>
#include <random>

namespace lathe::kernels {

using Bytes = std::vector<std::byte>;

/// The tensor as it lies in memory, and back.
Bytes pack(const Tensor &tensor);
Tensor unpack(const Bytes &bytes, const TensorType &type, int64_t n);

/// What a kernel is called with: the inputs that are passed, then the results'
/// memory (which begins as the input where a result is in place).
struct Call {
  std::vector<Tensor> inputs; ///< of the kernel's description
  std::vector<Bytes> memory;
  std::vector<TensorType> resultTypes;
  int64_t n;

  /// Random inputs: normal values for floats; integers are labels below the
  /// last dimension of input 0, labels of several classes (rank 2), or window
  /// positions below `positions`.
  Call(const KernelSpec &spec, int64_t n, unsigned seed, int64_t positions = 4);
  /// Replaces an input, in a kernel that has no result in place.
  void set(size_t input, const std::vector<double> &data);
  std::vector<void *> pointers();
  /// The memory of result `i`, guard bytes checked and removed.
  Tensor result(size_t i);
  Bytes resultBytes(size_t i);

private:
  size_t passedInputs = 0;
};

/// Runs the kernel in this process with the given schedule, or the default one,
/// and compares with the reference. `tolerance` is relative to the largest
/// magnitude of a result.
void check(const KernelSpec &spec, int64_t n, double tolerance = 2e-5,
           const Schedule *schedule = nullptr, int64_t positions = 4);
/// The same for several batches, compiling once; without a schedule also with
/// the default for the first of them, where that is another one.
void check(const KernelSpec &spec, const std::vector<int64_t> &batches,
           double tolerance = 2e-5, const Schedule *schedule = nullptr,
           int64_t positions = 4);

/// Runs the kernel once, with these values of some inputs, as the default
/// schedule says and with the smallest vectors, and compares with the
/// reference.
void checkGiven(const KernelSpec &spec, int64_t n,
                const std::map<size_t, std::vector<double>> &inputs,
                double tolerance);

/// Runs the kernel with one thread and with several; all bits must be equal.
void checkThreads(const KernelSpec &spec, int64_t n, int64_t positions = 4);

/// Compares one call's results, after it has run, with the reference.
void compare(const KernelSpec &spec, Call &call, double tolerance);

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_CHECK_H
