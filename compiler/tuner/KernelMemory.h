//===- KernelMemory.h - What a kernel is measured on ------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_KERNELMEMORY_H
#define LATHE_COMPILER_TUNER_KERNELMEMORY_H

#include "compiler/kernels/Kernel.h"
#include <cstddef>
#include <memory>

namespace lathe {

/// Random inputs and room for the results of a kernel, always the same.
class KernelMemory {
public:
  KernelMemory(const kernels::KernelSpec &spec, int64_t samples);

  /// In the order of the kernel's arguments.
  const std::vector<void *> &pointers() const { return arguments; }

  /// Writes what the next call reads: results that are inputs too, and a mark
  /// in the other results.
  void reset();

  /// A copy of the results as they stand.
  using Results = std::vector<std::vector<std::byte>>;
  Results results() const;

  /// Whether the results as they stand are the expected ones: numbers up to
  /// 1e-3 of their tensor's largest one, and positions in windows but for some.
  /// Nothing agrees with what is not finite.
  bool agree(const Results &expected) const;

private:
  struct Tensor {
    kernels::ElementType element;
    size_t elements, bytes;
    std::unique_ptr<std::byte[], void (*)(void *)> data;
  };
  static Tensor allocate(const kernels::TensorType &type, int64_t samples);
  static void fill(Tensor &tensor, unsigned seed, bool positive);

  const kernels::KernelSpec &spec;
  std::vector<Tensor> inputs, outputs;
  std::vector<void *> arguments;
};

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_KERNELMEMORY_H
