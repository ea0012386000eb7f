//===- Elements.h - What large variables begin with -------------*- C++ -*-===//
//
// The weights of a graph may need more memory than there is room for twice.
// Large ones are not copied: an attribute refers to where they are, and
// #nn.moved to another order of them.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_DIALECTS_NN_ELEMENTS_H
#define LATHE_DIALECTS_NN_ELEMENTS_H

#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "runtime/tensor_layout.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NNAttributes.h.inc"

namespace lathe::nn {

/// An attribute of these elements. Large ones are not copied: `owner` keeps
/// them in memory for as long as the context lives.
mlir::ElementsAttr holdElements(mlir::RankedTensorType type,
                                llvm::ArrayRef<char> bytes,
                                std::shared_ptr<const void> owner);

/// Whether they are there: what a module's text refers to may be missing.
bool areHeld(mlir::ElementsAttr elements);

/// The elements in another order, which `move` makes of a layout that begins
/// and ends with their shape.
mlir::ElementsAttr moved(mlir::ElementsAttr elements,
                         llvm::function_ref<void(TensorLayout &)> move);
mlir::ElementsAttr reshaped(mlir::ElementsAttr elements,
                            llvm::ArrayRef<int64_t> shape);

/// Calls `part` with the bytes of all elements, a few MB at a time.
void visitElements(mlir::ElementsAttr elements,
                   llvm::function_ref<void(llvm::ArrayRef<char>)> part);
/// A copy.
mlir::DenseElementsAttr denseCopy(mlir::ElementsAttr elements);

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_ELEMENTS_H
