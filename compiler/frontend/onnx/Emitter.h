//===- Emitter.h - nn operations on values of an ONNX graph -----*- C++ -*-===//
//
// What operators are built of. Shapes are those of the graph; nn's kernels take
// few dimensions of which the first is the batch, so tensors are seen in other
// shapes where that is needed, which costs nothing. Constants stay constants
// where an operation only moves their elements.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_EMITTER_H
#define LATHE_COMPILER_FRONTEND_ONNX_EMITTER_H

#include "compiler/frontend/onnx/Tensor.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"
#include <functional>
#include <utility>

namespace lathe::onnx {

/// What a graph that is trained has besides its nodes.
struct Training {
  /// Parameters that have a gradient, by name.
  llvm::StringSet<> learning;
  /// Tells the random numbers of one operation from another's.
  std::function<int64_t()> nextRandomKey;
};

class Emitter {
public:
  /// `builder` stands at the end of @forward, which is `function`.
  Emitter(mlir::OpBuilder &builder, mlir::Operation *function)
      : builder(builder), function(function) {}

  /// Where operations are from, and how parameters without a name are called.
  void enter(mlir::Location place, llvm::StringRef scope) {
    loc = place;
    this->scope = scope.str();
  }

  /// Null where the graph is only run.
  Training *training = nullptr;
  /// Whether the constant is a parameter that has a gradient.
  bool learns(const Tensor &x) const {
    return training && x.constant && training->learning.contains(x.name);
  }
  /// Names that the graph's parameters cannot have.
  void reserve(llvm::StringRef name) { names.insert(name); }
  /// The variables that were declared since the last call.
  llvm::SmallVector<mlir::Operation *> takeDeclared() {
    return std::exchange(declared, {});
  }

  /// The first dimension of the graph's inputs, as it says; 0 where it does
  /// not.
  int64_t graphBatch = 0;

  mlir::Type f32() { return builder.getF32Type(); }
  mlir::Type i64() { return builder.getI64Type(); }
  mlir::Type i32() { return builder.getI32Type(); }
  mlir::Type truth() { return builder.getIntegerType(8, /*isSigned=*/false); }

  // Constants:
  Tensor scalar(double value, mlir::Type element);
  Tensor scalar(double value) { return scalar(value, f32()); }
  Tensor filled(double value, llvm::ArrayRef<int64_t> shape,
                mlir::Type element);
  Tensor vector(llvm::ArrayRef<int64_t> elements);
  Tensor floats(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<double> elements);
  /// A tensor without elements: always a constant, so that no operation has an
  /// operand or a result of this kind. Null where the shape has elements.
  Tensor nothing(llvm::ArrayRef<int64_t> shape, mlir::Type element);

  /// The tensor as an operand: constants become parameters of the model, single
  /// elements parts of the code.
  mlir::Value operand(const Tensor &x);

  /// Drops elements in training, at this rate.
  Tensor dropout(const Tensor &x, double rate);

  /// An operation with one result, whose shape its rule says.
  template <typename OpTy, typename... Arguments>
  Tensor create(Arguments &&...arguments) {
    auto op = OpTy::create(builder, loc, unranked(),
                           std::forward<Arguments>(arguments)...);
    if (failed(op.inferShapes()))
      throw Refusal("");
    return resultOf(op);
  }
  /// An operation that has no rule.
  template <typename OpTy, typename... Arguments>
  Tensor createTyped(mlir::Type type, Arguments &&...arguments) {
    return resultOf(OpTy::create(builder, loc, type,
                                 std::forward<Arguments>(arguments)...));
  }

  // Moving elements:
  Tensor reshape(const Tensor &x, llvm::ArrayRef<int64_t> shape);
  Tensor transpose(const Tensor &x, llvm::ArrayRef<int64_t> permutation);
  Tensor broadcast(const Tensor &x, llvm::ArrayRef<int64_t> shape);
  Tensor concatenate(llvm::ArrayRef<Tensor> parts, int64_t axis);
  /// Zeros around it, or cuts it; numbers of each dimension.
  Tensor pad(const Tensor &x, llvm::ArrayRef<int64_t> low,
             llvm::ArrayRef<int64_t> high);
  /// `count` elements along the axis.
  Tensor slice(const Tensor &x, int64_t axis, int64_t start, int64_t count);
  /// Elements along the axis by their numbers, a vector.
  Tensor gather(const Tensor &x, int64_t axis, const Tensor &numbers);
  Tensor gather(const Tensor &x, int64_t axis,
                llvm::ArrayRef<int64_t> numbers) {
    return gather(x, axis, vector(numbers));
  }

  // Elements, broadcast as NumPy does:
  Tensor add(const Tensor &a, const Tensor &b);
  Tensor subtract(const Tensor &a, const Tensor &b);
  Tensor multiply(const Tensor &a, const Tensor &b);
  Tensor divide(const Tensor &a, const Tensor &b);
  Tensor maximum(const Tensor &a, const Tensor &b);
  Tensor minimum(const Tensor &a, const Tensor &b);
  Tensor combine(llvm::StringRef function, const Tensor &a, const Tensor &b);
  Tensor compare(llvm::StringRef predicate, const Tensor &a, const Tensor &b);
  Tensor select(const Tensor &condition, const Tensor &a, const Tensor &b);
  Tensor math(llvm::StringRef function, const Tensor &x);
  Tensor activation(llvm::StringRef function, const Tensor &x);
  Tensor activation(llvm::StringRef function, const Tensor &x, double alpha);
  Tensor cast(const Tensor &x, mlir::Type element);
  Tensor scale(const Tensor &x, double factor, double offset = 0);

  // Reductions:
  /// `sum`, `product`, `maximum` or `minimum` along the axes.
  Tensor reduce(llvm::StringRef function, const Tensor &x,
                llvm::ArrayRef<int64_t> axes, bool keepDimensions);
  Tensor mean(const Tensor &x, llvm::ArrayRef<int64_t> axes,
              bool keepDimensions);
  Tensor arg(llvm::StringRef function, const Tensor &x, int64_t axis,
             bool last);
  Tensor softmax(const Tensor &x, int64_t axis);
  Tensor logSoftmax(const Tensor &x, int64_t axis);

  /// As NumPy's matmul.
  Tensor matmul(const Tensor &a, const Tensor &b);

  /// An image [n,c,h,w] or a sequence [n,c,l] as [n,h,w,c], with one row for
  /// sequences, and back to `rank` dimensions.
  Tensor toImage(const Tensor &x);
  Tensor fromImage(const Tensor &x, int64_t rank);

  /// The shape that two broadcast to.
  static Shape broadcastShape(llvm::ArrayRef<int64_t> a,
                              llvm::ArrayRef<int64_t> b);
  static int64_t normalizeAxis(int64_t axis, int64_t rank);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return loc; }

private:
  mlir::Type unranked() {
    return mlir::UnrankedTensorType::get(builder.getF32Type());
  }
  Tensor resultOf(mlir::Operation *op);
  /// Operands of one shape, or of a second that broadcasts to the first.
  std::pair<mlir::Value, mlir::Value> pair(const Tensor &a, const Tensor &b);
  template <typename OpTy>
  Tensor arithmetic(const Tensor &a, const Tensor &b);
  /// [outer, axis, inner], or [batch, outer, axis, inner].
  Tensor aroundAxis(const Tensor &x, int64_t axis);

  mlir::OpBuilder &builder;
  mlir::Operation *function;
  mlir::Location loc = builder.getUnknownLoc();
  std::string scope;
  /// By the constant, and the name and order of the initializer that it is
  /// from.
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Attribute>, mlir::Value>
      operands;
  llvm::StringSet<> names;
  /// The initializers that are parameters with a gradient.
  llvm::StringSet<> learned;
  llvm::SmallVector<mlir::Operation *> declared;
};

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_EMITTER_H
