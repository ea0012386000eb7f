//===- ImportRecipe.h - The sections compile, fit and data ------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_IMPORTRECIPE_H
#define LATHE_COMPILER_FRONTEND_IMPORTRECIPE_H

#include "compiler/frontend/Check.h"

namespace mlir {
class OpBuilder;
class Value;
} // namespace mlir

namespace lathe::frontend {

/// The callback of a model; null where it has none, or one with a mistake.
const Setting *findCallback(const Setting &model, llvm::StringRef identifier);

/// Whether the arguments of callbacks fit together.
llvm::LogicalResult checkCallbacks(const Source &source, const Setting &model);

/// What no single argument shows: whether the recipe's parts fit together.
llvm::LogicalResult checkRecipe(const Source &source, const Setting &model);

/// The recipe, unless there is a mistake, and the state of every training.
void buildRecipe(const Source &source, const Setting &model,
                 mlir::OpBuilder &builder);

/// The network's result in the form that the loss compares with the labels:
/// softmax or sigmoid is the last layer's activation, or follows from the loss.
/// Without a layer's place, it is the result of an ONNX graph.
/// Null after an error.
mlir::Value fitLoss(const Source &source, const Setting &model, Place lastLayer,
                    mlir::Value output, mlir::OpBuilder &builder);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_IMPORTRECIPE_H
