//===- Variant.h - A model, compiled with some optimizations ----*- C++ -*-===//
#ifndef LATHE_COMPILER_VERIFY_VARIANT_H
#define LATHE_COMPILER_VERIFY_VARIANT_H

#include "compiler/machine/Machine.h"
#include "compiler/runner/Runner.h"
#include "compiler/verify/Agreement.h"
#include "compiler/verify/OnnxRuntime.h"
#include "dialects/exec/ExecDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>
#include <optional>
#include <set>

namespace lathe::verify {

using Names = std::set<std::string, std::less<>>;

/// A model that can be compiled without some of its optimizations.
struct Subject {
  mlir::ModuleOp imported;
  /// In the order in which they take effect.
  std::vector<std::string> optimizations;
  /// Takes a copy of the imported module to the planned stage; fails after a
  /// diagnostic.
  std::function<llvm::LogicalResult(mlir::ModuleOp, const Names &without)> plan;
};

/// The subject as `lathe compile` compiles it, but for tuned schedules.
Subject pipelineSubject(mlir::ModuleOp imported, const Machine &machine);

/// Everything that a step computes from.
struct Call {
  std::string step; ///< "train_step", ...
  int samples = 0;
  std::vector<Array> variables; ///< parameters and state
  std::vector<Array> inputs;
  /// Moves what the kernels compute, see Noise.h: the seed.
  std::optional<uint64_t> noise;
};

/// What a step leaves.
struct Outcome {
  std::vector<Array> variables, outputs;
};

class Variant {
public:
  /// Null, with the reason, where a kernel does not compile; after a
  /// diagnostic, without one, where a pass fails.
  static std::unique_ptr<Variant> create(const Subject &subject,
                                         const Names &without,
                                         KernelStore &store,
                                         std::string &error);

  mlir::ModuleOp module() { return *planned; }
  /// A step of the model; null where it has none of the name.
  exec::FuncOp step(llvm::StringRef name);
  int batch();
  /// Variables as they are before any training, zero where that is random.
  std::vector<Array> variables() const;

  using AfterCall =
      llvm::function_ref<void(size_t call, llvm::ArrayRef<void *> results)>;
  Outcome run(const Call &call);
  Outcome run(const Call &call, AfterCall after);
  /// The step's first result. What the step computes after that is left out.
  double firstResult(const Call &call);

private:
  /// Until a call after which `goesOn` is false.
  Outcome
  runWhile(const Call &call,
           llvm::function_ref<bool(size_t, llvm::ArrayRef<void *>)> goesOn);

  mlir::OwningOpRef<mlir::ModuleOp> planned;
  std::unique_ptr<Runner> runner;
};

/// An argument of a step for that many samples, all zero.
Array emptyArray(mlir::Type memory, int samples);

/// The elements as numbers.
std::vector<double> numbersOf(const Array &array);

/// A tensor to compare, for as long as the arrays are there; `before` is null
/// for results.
Measured measured(const Array *before, const Array &after);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_VARIANT_H
