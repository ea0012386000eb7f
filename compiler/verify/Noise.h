//===- Noise.h - What rounding may make of a step's values ------*- C++ -*-===//
//
// A sum that cancels is as exact as its terms. Perturbed operands of a step do
// not always show that: the gradient of a bias before a batch normalization is
// zero whatever they are, and what a step computes for it is the rounding of
// the terms alone. So the terms are moved, too: each kernel's results, as soon
// as they are there.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_VERIFY_NOISE_H
#define LATHE_COMPILER_VERIFY_NOISE_H

#include "dialects/exec/ExecDialect.h"
#include <cstdint>
#include <vector>

namespace lathe::verify {

/// Moves the values of one run of a step.
class Noise {
public:
  Noise(exec::FuncOp step, int samples, uint64_t seed);

  /// Moves the results of the call that has this number, except for updates of
  /// variables, which are compared by how they change, and for what is only
  /// moved or selected, which does not round.
  void moveResults(size_t call, llvm::ArrayRef<void *> results);

private:
  /// Uniform in [-perturbation, perturbation].
  float draw();
  /// Each relative to itself.
  void moveEach(llvm::MutableArrayRef<float> values);
  /// Relative to the largest of the channel's plane, `outer` x `plane` x
  /// `channels` elements: a fast convolution adds and subtracts neighbours, so
  /// where all products are zero it does not make zero.
  void movePlanes(llvm::MutableArrayRef<float> values, size_t plane,
                  size_t channels);

  struct Result {
    bool moves = false;
    size_t elements = 0;
    size_t plane = 0, channels = 0; ///< of a convolution; see movePlanes
  };
  std::vector<std::vector<Result>> calls;
  uint64_t state;
};

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_NOISE_H
