//===- Steps.h - Steps as LLVM functions ------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_STEPS_H
#define LATHE_COMPILER_CODEGEN_STEPS_H

#include "dialects/exec/ExecDialect.h"
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace lathe {

/// A step's C function `NAME_step_*`: the regions of memory it gets, in order,
/// before the arguments of the exec.func and the batch. Those with labels get
/// sample weights behind them, which an exec.func may not take.
struct StepSignature {
  llvm::StringLiteral step;   ///< the exec.func
  llvm::StringLiteral suffix; ///< "step_train"
  std::vector<exec::Region> regions;
  /// What follows the regions: arrays of pointers to inputs and outputs;
  /// images, labels and weights; these and the second labels and the first
  /// ones' shares; images and what was drawn; images; or nothing.
  enum Arguments {
    None,
    Arrays,
    Labeled,
    Mixed,
    Drawn,
    Images
  } arguments = None;
};
llvm::ArrayRef<StepSignature> stepSignatures();

/// One kernel call of a step: the kernel and its buffers, inputs before
/// outputs. A buffer is an argument of the exec.func, or a place in a region.
/// Or the step's guard.
struct StepBuffer {
  int argument = -1; ///< not -1: the exec.func's argument
  exec::Region region = exec::Region::Arena;
  int64_t offset = 0;
};
struct StepCall {
  bool isGuard = false;
  std::string kernel; ///< without the model's prefix
  int number = 0;     ///< the kernel's, in the order of the module
  std::vector<StepBuffer> inputs, outputs;
};
std::vector<StepCall> stepCalls(exec::FuncOp step);

/// Whether a step that gets labels reads the samples' weights, too, and the
/// second labels of images that are mixed.
bool takesSampleWeights(exec::FuncOp step);
bool takesMixedLabels(exec::FuncOp step);

/// Gives the declared functions `lathe_this_step_*` of the module their bodies.
void defineSteps(llvm::Module &module, mlir::ModuleOp planned);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_STEPS_H
