//===- Tensor.h - A value of an ONNX graph ----------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_TENSOR_H
#define LATHE_COMPILER_FRONTEND_ONNX_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "runtime/tensor_layout.h"
#include <optional>
#include <stdexcept>
#include <string>

namespace lathe::onnx {

using Shape = llvm::SmallVector<int64_t, 6>;

/// Why a node cannot be imported. Never leaves the importer.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The node mixes the samples of a batch: the graph is one sample then.
struct MixesBatch : Refusal {
  using Refusal::Refusal;
};

/// In shapes that are computed, the batch where it is not known.
inline constexpr int64_t batchMarker = INT64_MIN + 1;

/// How a constant has the elements of an initializer: all of them, each once.
struct Origin {
  TensorLayout own;   ///< from the order that checkpoints have
  TensorLayout graph; ///< from that of the initializer
};

/// A tensor in the dimensions that the graph gives it. Only the first may be
/// dynamic, which is the batch.
struct Tensor {
  mlir::ElementsAttr constant; ///< where it is known when compiling
  mlir::Value value;           ///< else
  std::string name;            ///< of the initializer that it is from
  /// Null where the constant is computed of the initializer, or of none.
  std::optional<Origin> origin = std::nullopt;

  explicit operator bool() const { return constant || value; }
  mlir::RankedTensorType type() const {
    return constant ? llvm::cast<mlir::RankedTensorType>(constant.getType())
                    : llvm::cast<mlir::RankedTensorType>(value.getType());
  }
  llvm::ArrayRef<int64_t> shape() const { return type().getShape(); }
  int64_t rank() const { return type().getRank(); }
  mlir::Type element() const { return type().getElementType(); }
  bool isFloat() const { return element().isF32(); }
  bool isTruth() const { return element().isInteger(8); }
  bool isBatched() const { return !type().hasStaticShape(); }
  bool isEmpty() const { return llvm::is_contained(shape(), 0); }
  bool isScalar() const { return !isBatched() && type().getNumElements() == 1; }
  /// Known when compiling, and not too large to compute with then.
  bool isFoldable() const {
    return constant && type().getNumElements() <= 1 << 20;
  }
};

std::string describe(llvm::ArrayRef<int64_t> shape);

/// The elements of a constant as integers, or as floating-point numbers.
llvm::SmallVector<int64_t> integers(mlir::ElementsAttr constant);
llvm::SmallVector<double> numbers(mlir::ElementsAttr constant);

/// A constant of these elements, of the type's element type.
mlir::DenseElementsAttr constantOf(mlir::RankedTensorType type,
                                   llvm::ArrayRef<int64_t> elements);
mlir::DenseElementsAttr constantOf(mlir::RankedTensorType type,
                                   llvm::ArrayRef<double> elements);

/// The constant with elements of itself: `from` turns an index of the result,
/// which has this shape, into the place of the element.
mlir::DenseElementsAttr
pick(mlir::ElementsAttr constant, llvm::ArrayRef<int64_t> shape,
     llvm::function_ref<void(llvm::MutableArrayRef<int64_t> index)> from);

/// The product of the extents, which may not overflow.
int64_t elementCount(llvm::ArrayRef<int64_t> shape);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_TENSOR_H
