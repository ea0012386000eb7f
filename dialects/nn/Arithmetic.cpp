//===- Arithmetic.cpp - Broadcasting arithmetic -------------------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lathe::nn;

//===- Broadcasting -------------------------------------------------------===//

/// Whether `shape` can be broadcast to `target`; dynamic extents are the batch.
static bool broadcastsTo(ArrayRef<int64_t> shape, ArrayRef<int64_t> target) {
  return shape.size() <= target.size() &&
         llvm::all_of(llvm::zip(shape, target.take_back(shape.size())),
                      [](auto pair) {
                        auto [from, to] = pair;
                        return from == to || from == 1;
                      });
}

/// A parameter whose extents are not all known yet takes them from the tensor
/// that it is combined with.
static LogicalResult refineFrom(Operation *op, Value value,
                                RankedTensorType other) {
  RankedTensorType type = rankedType(value);
  if (!value.getDefiningOp<ReadOp>() || type.hasStaticShape() ||
      type.getRank() > other.getRank())
    return success();
  SmallVector<int64_t> shape(type.getShape());
  for (auto [extent, wanted] :
       llvm::zip(shape, other.getShape().take_back(shape.size())))
    if (ShapedType::isDynamic(extent))
      extent = wanted;
  return refineParameter(op, value, shape);
}

/// The first operand has the result's shape; the operands of a commutative
/// operation are swapped so that it does.
static LogicalResult inferBinary(Operation *op, bool commutative) {
  OpOperand &lhs = op->getOpOperand(0), &rhs = op->getOpOperand(1);
  if (failed(refineFrom(op, rhs.get(), rankedType(lhs.get()))))
    return failure();
  RankedTensorType a = rankedType(lhs.get()), b = rankedType(rhs.get());
  if (!broadcastsTo(b.getShape(), a.getShape()) && commutative &&
      broadcastsTo(a.getShape(), b.getShape())) {
    Value first = lhs.get();
    lhs.set(rhs.get());
    rhs.set(first);
    std::swap(a, b);
  }
  if (!broadcastsTo(b.getShape(), a.getShape()))
    return mlir::emitError(argumentLoc(op, ""))
           << "the layer needs inputs of one shape, or of shapes that differ "
              "where one has extent 1, but they have "
           << describeShape(a) << " and " << describeShape(b);
  return keepOperandType(op);
}

/// The gradient of an operand that was broadcast: its sum over all places that
/// the operand was used at.
static Value reduceTo(OpBuilder &builder, Location loc, Value gradient,
                      Value operand) {
  RankedTensorType from = rankedType(gradient), to = rankedType(operand);
  if (from == to)
    return gradient;
  if (to.getRank() == 1 && to.getDimSize(0) == from.getShape().back())
    return BiasBackwardOp::create(builder, loc, to, gradient);
  unsigned missing = from.getRank() - to.getRank();
  SmallVector<int64_t> axes, kept(from.getShape());
  for (unsigned axis = 0; axis < from.getRank(); ++axis)
    if (axis < missing ||
        to.getDimSize(axis - missing) != from.getDimSize(axis)) {
      axes.push_back(axis);
      kept[axis] = 1;
    }
  Value sum = ReduceOp::create(builder, loc, from.clone(kept), gradient, "sum",
                               axes, /*keepdims=*/true);
  return missing ? ReshapeOp::create(builder, loc, sum, to).getResult() : sum;
}

LogicalResult AddOp::inferShapes() { return inferBinary(*this, true); }
LogicalResult SubtractOp::inferShapes() { return inferBinary(*this, false); }
LogicalResult MultiplyOp::inferShapes() { return inferBinary(*this, true); }
LogicalResult MaximumOp::inferShapes() { return inferBinary(*this, true); }
LogicalResult MinimumOp::inferShapes() { return inferBinary(*this, true); }

SmallVector<Value> AddOp::buildGradients(OpBuilder &builder,
                                         ValueRange gradients) {
  return {gradients[0], reduceTo(builder, getLoc(), gradients[0], getRhs())};
}

SmallVector<Value> SubtractOp::buildGradients(OpBuilder &builder,
                                              ValueRange gradients) {
  Value negative = ScaleOp::create(builder, getLoc(), gradients[0].getType(),
                                   gradients[0], builder.getF64FloatAttr(-1.0),
                                   builder.getF64FloatAttr(0.0));
  return {gradients[0], reduceTo(builder, getLoc(), negative, getRhs())};
}

SmallVector<Value> MultiplyOp::buildGradients(OpBuilder &builder,
                                              ValueRange gradients) {
  Value dy = gradients[0];
  Value left =
      MultiplyOp::create(builder, getLoc(), dy.getType(), dy, getRhs());
  Value right =
      MultiplyOp::create(builder, getLoc(), dy.getType(), dy, getLhs());
  return {left, reduceTo(builder, getLoc(), right, getRhs())};
}

/// Each element's gradient goes to the operand that won; of equals, the first.
static SmallVector<Value> selectGradients(Operation *op, OpBuilder &builder,
                                          Value dy, StringRef first,
                                          StringRef second) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  Location loc = op->getLoc();
  Value left = MaskOp::create(builder, loc, dy.getType(), dy, lhs, rhs, first);
  Value right =
      MaskOp::create(builder, loc, dy.getType(), dy, lhs, rhs, second);
  return {left, reduceTo(builder, loc, right, rhs)};
}

SmallVector<Value> MaximumOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return selectGradients(*this, builder, gradients[0], "ge", "lt");
}

SmallVector<Value> MinimumOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return selectGradients(*this, builder, gradients[0], "le", "gt");
}

SmallVector<Value> BroadcastOp::buildGradients(OpBuilder &builder,
                                               ValueRange gradients) {
  return {reduceTo(builder, getLoc(), gradients[0], getInput())};
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getType() == getInput().getType() ? getInput() : Value();
}

//===- Reductions ---------------------------------------------------------===//

/// A tensor's type once these axes, counted from the front, are reduced.
static RankedTensorType reduced(RankedTensorType type, ArrayRef<int64_t> axes,
                                bool keepdims) {
  SmallVector<int64_t> shape;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!llvm::is_contained(axes, axis))
      shape.push_back(type.getDimSize(axis));
    else if (keepdims)
      shape.push_back(1);
  }
  return type.clone(shape);
}

/// Layers never reduce the channels, but gradients do.
LogicalResult ReduceOp::verify() {
  auto input = dyn_cast<RankedTensorType>(getInput().getType());
  if (!input || !isa<RankedTensorType>(getType()))
    return success(); // shapes are not inferred yet
  FailureOr<SmallVector<int64_t>> axes =
      normalizeAxes(getAxes(), input.getRank());
  if (failed(axes))
    return violates(*this, 1) << "the axes " << getAxesAttr()
                              << " are not different dimensions of " << input;
  if (getFunction() == "mean" && llvm::is_contained(*axes, 0))
    return violates(*this, 2) << "the mean is over the batch";
  return needsShape(*this, 3, getResult(),
                    reduced(input, *axes, getKeepdims()).getShape());
}

LogicalResult ReduceOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> axes;
  for (int64_t axis : getAxes())
    axes.push_back(axis < 0 ? axis + input.getRank() : axis);
  int64_t last = axes.empty() ? 0 : *llvm::max_element(axes);
  // The channels, which are last, are never reduced.
  if (last >= input.getRank() - 1)
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer needs an input of " << last + 1
           << " dimensions or more, but its input has shape "
           << describeShape(input);
  if (failed(normalizeAxes(axes, input.getRank())))
    return mlir::emitError(argumentLoc(*this, ""))
           << "the reduced axes must be different dimensions of the input, "
              "which has shape "
           << describeShape(input);
  llvm::sort(axes);
  setAxes(axes);
  getResult().setType(reduced(input, axes, getKeepdims()));
  return success();
}

SmallVector<Value> ReduceOp::buildGradients(OpBuilder &builder,
                                            ValueRange gradients) {
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> kept(input.getShape());
  double count = 1;
  for (int64_t axis : getAxes()) {
    count *= static_cast<double>(input.getDimSize(axis));
    kept[axis] = 1;
  }
  Value dy =
      ReshapeOp::create(builder, getLoc(), gradients[0], input.clone(kept));
  if (getFunction() == "mean")
    dy = ScaleOp::create(builder, getLoc(), dy.getType(), dy,
                         builder.getF64FloatAttr(1.0 / count),
                         builder.getF64FloatAttr(0.0));
  return {BroadcastOp::create(builder, getLoc(), input, dy)};
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  return getType() == getInput().getType() ? getInput() : Value();
}
