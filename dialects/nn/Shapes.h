//===- Shapes.h - What shape rules have in common ---------------*- C++ -*-===//
#ifndef LATHE_DIALECTS_NN_SHAPES_H
#define LATHE_DIALECTS_NN_SHAPES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/Operation.h"

namespace lathe::nn {

/// A layer's location: the layer's own place, the places of its arguments by
/// name, and the layer's name.
mlir::Location
layerLoc(mlir::Location layer,
         llvm::ArrayRef<std::pair<llvm::StringRef, mlir::Location>> arguments,
         llvm::StringRef name = "");

/// The names of the layers that a location stems from, in order: a kernel has
/// those of all its operations.
llvm::SmallVector<llvm::StringRef> layerNames(mlir::Location loc);

/// The place of a layer's argument; the layer's own where it was not written.
mlir::Location argumentLoc(mlir::Operation *layer, llvm::StringRef argument);

/// The value's type, which is ranked wherever a shape rule looks at it.
mlir::RankedTensorType rankedType(mlir::Value value);

/// "28x28x1": a shape as users write it, without the batch.
std::string describeShape(mlir::RankedTensorType type);

/// Completes the type of a parameter that `value` reads from a variable, from
/// what the layer now knows about it. An error names both shapes.
llvm::LogicalResult refineParameter(mlir::Operation *layer, mlir::Value value,
                                    llvm::ArrayRef<int64_t> shape);

/// An error at the layer unless its input has `least` dimensions or more, the
/// batch among them.
llvm::LogicalResult checkRank(mlir::Operation *layer, mlir::Value input,
                              int64_t least);

/// The operation's shape rule, once it is sure that the types of its operands
/// are what rules need: shapes known but for the batch, and those of
/// parameters.
llvm::LogicalResult inferTypes(mlir::Operation *layer);

/// The same of all operations of a network in their order, with a further check
/// of each. What depends on a mistake, or on what is unknown, is passed over.
llvm::LogicalResult inferTypes(
    mlir::Block &network, llvm::DenseSet<mlir::Value> unknown = {},
    llvm::function_ref<llvm::LogicalResult(mlir::Operation *)> check = nullptr);

/// The rule of an elementwise layer: its result has its first operand's type.
llvm::LogicalResult keepOperandType(mlir::Operation *op);

/// The window of a convolution or pooling over an image, as Keras counts:
/// "valid" keeps windows that lie inside, "same" gives ceil(extent / stride)
/// windows, the odd element of padding at the end.
struct Window {
  llvm::SmallVector<int64_t, 2> output;  ///< [height, width]
  llvm::SmallVector<int64_t, 4> padding; ///< [top, bottom, left, right]
};
/// `padding` is used where `mode` is empty. Errors stand at `argument`.
llvm::FailureOr<Window>
inferWindow(mlir::Operation *layer, llvm::ArrayRef<int64_t> image,
            llvm::ArrayRef<int64_t> window, llvm::ArrayRef<int64_t> strides,
            llvm::StringRef mode, llvm::ArrayRef<int64_t> padding,
            llvm::StringRef argument);

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_SHAPES_H
