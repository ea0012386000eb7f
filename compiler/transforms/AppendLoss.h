//===- AppendLoss.h - The loss at the end of a step -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_APPENDLOSS_H
#define LATHE_COMPILER_TRANSFORMS_APPENDLOSS_H

#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace lathe {

/// Class weights count in training alone.
enum class LossKind { Trained, Evaluated };

/// Adds to a copy of the network the labels and, where the recipe has them, the
/// samples' weights, and lets it return the loss, penalties on weights
/// included, and the number of right answers. Gives the loss without the
/// penalties.
llvm::FailureOr<mlir::Value> appendLoss(mlir::func::FuncOp step,
                                        nn::RecipeOp recipe, LossKind kind);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_APPENDLOSS_H
