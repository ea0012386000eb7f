//===- VariableLayout.h - The orders of a variable --------------*- C++ -*-===//
//
// A variable has its elements in the order that its readers want; checkpoints
// have them in the model's own. Where that is another, `nn.layout` says how the
// variable comes from it, in the form of runtime/tensor_layout.h, and
// `nn.graph_layout` how it comes from the order of the ONNX graph that the
// model is read from, where that is another again. `exec.variable` keeps both.
//
// ```mlir
// nn.variable parameter @w : tensor<4x3xf32> {nn.layout = "[3,4] (1,0)"}
// ```
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_DIALECTS_NN_VARIABLELAYOUT_H
#define LATHE_DIALECTS_NN_VARIABLELAYOUT_H

#include "dialects/nn/NNDialect.h"
#include "runtime/tensor_layout.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lathe::nn {

inline constexpr llvm::StringLiteral layoutAttr = "nn.layout";
inline constexpr llvm::StringLiteral graphLayoutAttr = "nn.graph_layout";

/// From the model's own order to the variable's.
TensorLayout layoutOf(VariableOp variable);
/// From the order of the graph that it is read from.
TensorLayout graphLayoutOf(VariableOp variable);

/// Layouts that end with the variable's shape.
void setLayouts(VariableOp variable, const TensorLayout &own,
                const TensorLayout &graph);

/// `move` says what becomes of the elements, also those that it begins with;
/// the result has the new type.
void moveElements(VariableOp variable, mlir::RankedTensorType type,
                  llvm::function_ref<void(TensorLayout &)> move);

/// `to` has the elements of `from`, or a number for each.
void copyLayouts(mlir::Operation *from, mlir::Operation *to);

/// Whether the layouts of a variable, if it has any, end with the shape of its
/// type.
bool hasValidLayouts(mlir::Operation *variable, mlir::Type type);

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_VARIABLELAYOUT_H
