//===- StepPlanner.h - Memory and calls of one step -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_STEPPLANNER_H
#define LATHE_COMPILER_TRANSFORMS_STEPPLANNER_H

#include "dialects/exec/ExecDialect.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::func {
class FuncOp;
}

namespace lathe {

/// A cache line, and the widest vector there is.
inline constexpr int64_t arenaAlignment = 64;

/// An update of a parameter of this size runs by itself; smaller ones run as
/// one. (1 MiB: a sweep over it takes tens of microseconds, far more than a
/// call.)
inline constexpr int64_t largeUpdateElements = 1 << 18;

/// What a guard keeps in the arena before its copies.
inline constexpr int64_t guardRecordSize = 64;

/// What all steps of a module share.
struct MemoryContext {
  int64_t batch = 1;
  bool reuse = true; ///< values share places in the arena
  int64_t paramsSize = 0, stateSize = 0, preparedSize = 0; ///< bytes
  int64_t whiteningSize = 0; ///< bytes of the arena that whiten.c works in
  llvm::StringMap<exec::VariableOp> variables;
};

/// Bytes of a dense tensor, the dynamic batch counted at its largest.
int64_t sizeInBytes(mlir::ShapedType type, int64_t batch);

/// What stands from `augmented` of an exec.layout on: a batch of images and,
/// where they are mixed, their second labels and the first ones' shares.
struct AugmentedBatch {
  int64_t others, shares, size; ///< bytes from there

  /// Of inputs of the training step.
  AugmentedBatch(mlir::ShapedType images, mlir::ShapedType labels,
                 int64_t batch);
};

/// Adds to the module the exec.func of a step of dispatches. Returns the size
/// of the arena it needs, in bytes.
llvm::FailureOr<int64_t> planStep(mlir::func::FuncOp step,
                                  const MemoryContext &context);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_STEPPLANNER_H
