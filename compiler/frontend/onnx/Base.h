//===- Base.h - A graph as a part of a model that is trained ----*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_BASE_H
#define LATHE_COMPILER_FRONTEND_ONNX_BASE_H

#include "compiler/frontend/onnx/Onnx.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include <functional>
#include <memory>
#include <vector>

namespace mlir {
class OpBuilder;
}

namespace lathe::onnx {

/// An ONNX graph with one input, up to one value. Mistakes are diagnostics of
/// the context; then the result is null.
class Base {
public:
  static std::unique_ptr<Base> open(const std::string &path,
                                    mlir::MLIRContext &context,
                                    const ImportOptions &options);
  virtual ~Base() = default;

  /// What its nodes compute, in their order.
  virtual std::vector<llvm::StringRef> values() const = 0;
  /// The graph's outputs.
  virtual std::vector<llvm::StringRef> outputs() const = 0;
  /// What is computed of the graph: one of its values.
  virtual void cut(llvm::StringRef value) = 0;

  // Once it is cut:

  /// Nodes and parameters that it consists of.
  virtual std::vector<llvm::StringRef> names() const = 0;
  /// The parameters of a node, or one of them, do not learn.
  virtual void freeze(llvm::StringRef name) = 0;
  virtual llvm::StringRef inputName() const = 0;
  /// The extents of a sample, without the batch. Where it is an image, its
  /// channels are first, unless the graph begins by moving them there.
  virtual llvm::ArrayRef<int64_t> sampleShape() const = 0;
  virtual bool isChannelsFirst() const = 0;

  /// The value for a batch of samples, in the layout of the graph; `function`
  /// is the one that `builder` stands in. `nextRandomKey` tells random
  /// operations apart.
  virtual mlir::Value build(mlir::OpBuilder &builder, mlir::Operation *function,
                            mlir::Value samples,
                            std::function<int64_t()> nextRandomKey) = 0;
  /// Whether what is computed is an image with its channels first.
  virtual bool givesChannelsFirst() const = 0;
};

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_BASE_H
