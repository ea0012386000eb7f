//===- Windows.h - Attributes of convolutions and pooling -------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_WINDOWS_H
#define LATHE_COMPILER_FRONTEND_ONNX_WINDOWS_H

#include "compiler/frontend/onnx/Node.h"

namespace lathe::onnx {

/// Of an image, in nn's order; a sequence is an image of one row.
struct Windows {
  llvm::SmallVector<int64_t> size, strides, dilations; ///< height, width
  llvm::SmallVector<int64_t> padding; ///< top, bottom, left, right
  /// How much of the padding at the end is there because the number of windows
  /// is rounded up: bottom, right.
  llvm::SmallVector<int64_t> rounding;
  llvm::SmallVector<int64_t> output;

  bool isDilated() const { return dilations[0] != 1 || dilations[1] != 1; }
  bool isPadded() const {
    return llvm::any_of(padding, [](int64_t side) { return side != 0; });
  }
  mlir::DenseI64ArrayAttr dilationsAttr(mlir::OpBuilder &builder) const;
};

/// `size` is that of the filter, empty where kernel_shape says it. `rounding`:
/// the operator may have ceil_mode.
Windows readWindows(const Node &node, llvm::ArrayRef<int64_t> image,
                    llvm::ArrayRef<int64_t> size, bool rounding);

/// Of a transposed convolution.
struct Transposition {
  llvm::SmallVector<int64_t> strides, dilations, output;
  llvm::SmallVector<int64_t> padding; ///< top, bottom, left, right
  /// Zeros around the output, which no window covers.
  llvm::SmallVector<int64_t> extra; ///< top, bottom, left, right

  mlir::DenseI64ArrayAttr dilationsAttr(mlir::OpBuilder &builder) const;
};
Transposition readTransposition(const Node &node, llvm::ArrayRef<int64_t> image,
                                llvm::ArrayRef<int64_t> size);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_WINDOWS_H
