//===- TableFields.h - Parts of an artifact's tables ------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_TABLEFIELDS_H
#define LATHE_COMPILER_CODEGEN_TABLEFIELDS_H

#include "compiler/codegen/ModelTables.h"

namespace lathe::nn {
class RecipeOp;
}

namespace lathe {

inline Constant string(llvm::StringRef text) {
  return {Constant::String{text.str()}};
}

/// An array of `room` extents, 0 behind those that there are.
inline Constant shape(llvm::ArrayRef<int64_t> extents, size_t room) {
  Constant::Fields fields;
  for (size_t i = 0; i < room; ++i)
    fields.push_back({i < extents.size() ? extents[i] : int64_t(0)});
  return {fields};
}

/// The model's section `data` as JSON, "" without one.
std::string dataText(nn::RecipeOp recipe);
/// lathe_recipe.
Constant::Fields describeRecipe(nn::RecipeOp recipe);
/// The same for a model that is only run.
Constant::Fields describeNoRecipe(mlir::MLIRContext *context, int64_t batch);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_TABLEFIELDS_H
