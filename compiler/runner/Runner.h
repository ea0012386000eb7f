//===- Runner.h - A planned model run in this process -----------*- C++ -*-===//
//
// The steps of a planned module, kernel by kernel through Halide's JIT: what an
// artifact does, without writing one. For tests and `lathe verify`.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_RUNNER_RUNNER_H
#define LATHE_COMPILER_RUNNER_RUNNER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lathe {

/// Compiled kernels that runners share, by what these compute, and how.
class KernelStore {
public:
  /// Number of threads that compile kernels; 0: one per core.
  explicit KernelStore(unsigned threads = 0);
  ~KernelStore();

private:
  friend class Runner;
  struct Impl;
  std::unique_ptr<Impl> impl;
};

class Runner {
public:
  /// A variable of the model and its memory; zero, one, the constant or the
  /// data that its initializer says, zero where that is random.
  struct Tensor {
    std::string name;
    std::vector<int64_t> shape;
    bool isParameter = false, trainable = false;
    void *data = nullptr;
    size_t elements = 0;

    llvm::MutableArrayRef<float> floats() const {
      return {static_cast<float *>(data), elements};
    }
  };

  /// Compiles the kernels of `planned` for this machine; null, with the reason,
  /// when one does not compile.
  static std::unique_ptr<Runner> create(mlir::ModuleOp planned,
                                        std::string &error);
  static std::unique_ptr<Runner> create(mlir::ModuleOp planned,
                                        std::string &error, KernelStore &store);
  ~Runner();

  const std::vector<Tensor> &tensors() const;
  /// The named variable; null if there is none.
  const Tensor *find(llvm::StringRef name) const;

  /// Whether the module has the step: "predict", "train_step", ...
  bool has(llvm::StringRef step) const;
  /// Runs a step on `n` samples; `arguments` are the exec.func's, inputs before
  /// results.
  void run(llvm::StringRef step, llvm::ArrayRef<void *> arguments, int n);
  /// Calls `after` behind each of the step's kernels, with the call's number
  /// and the memory of its results; ends the step where that returns false.
  void run(llvm::StringRef step, llvm::ArrayRef<void *> arguments, int n,
           llvm::function_ref<bool(size_t call, llvm::ArrayRef<void *> results)>
               after);
  /// Elements of the step's argument for `n` samples.
  size_t argumentElements(llvm::StringRef step, unsigned argument, int n) const;

private:
  Runner();
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace lathe

#endif // LATHE_COMPILER_RUNNER_RUNNER_H
