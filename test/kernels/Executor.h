//===- Executor.h - Where the kernels of the tests run ----------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_EXECUTOR_H
#define LATHE_TEST_KERNELS_EXECUTOR_H

#include "test/kernels/Check.h"

#include <memory>

namespace lathe::kernels {

/// Compiles kernels for an instruction set and runs them.
class Executor {
public:
  virtual ~Executor() = default;
  virtual Isa isa() const = 0;
  /// Whether the next kernel is to be checked at all.
  virtual bool takesNext() { return true; }
  /// Makes all the calls; what went wrong, or nothing.
  virtual std::string run(const KernelSpec &spec, const Schedule &schedule,
                          std::vector<Call> &calls) = 0;
};

/// What `check` runs kernels with: in this process, unless another is set.
Executor &executor();
void setExecutor(std::unique_ptr<Executor> other);

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_EXECUTOR_H
