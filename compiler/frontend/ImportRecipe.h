//===- ImportRecipe.h - The sections compile, fit and data ------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_IMPORTRECIPE_H
#define LATHE_COMPILER_FRONTEND_IMPORTRECIPE_H

#include "compiler/frontend/Check.h"

namespace mlir {
class OpBuilder;
}

namespace lathe::frontend {

/// What no single argument shows: whether the recipe's parts fit together.
llvm::LogicalResult checkRecipe(const Source &source, const Setting &model);

/// The recipe, and the state of every training.
void buildRecipe(const Source &source, const Setting &model,
                 mlir::OpBuilder &builder);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_IMPORTRECIPE_H
