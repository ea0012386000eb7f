//===- Pooling.cpp - Pooling: shapes, gradients, canonical forms ----------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult MaxPool2DOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != 4)
    return mlir::emitError(getLoc())
           << "MaxPooling2D needs an image (height x width x channels), but "
              "its input has shape "
           << describeShape(input);
  FailureOr<Window> window =
      inferWindow(*this, input.getShape().slice(1, 2), getPoolSize(),
                  getStrides(), getAutoPadding().value_or(""),
                  getPadding().value_or(ArrayRef<int64_t>()), "pool_size");
  if (failed(window))
    return failure();
  setPadding(window->padding);
  removeAutoPaddingAttr();
  getResult().setType(
      RankedTensorType::get({input.getDimSize(0), window->output[0],
                             window->output[1], input.getDimSize(3)},
                            input.getElementType()));
  return success();
}

void MaxPool2DOp::toTraining(RewriterBase &rewriter) {
  auto type = rankedType(getResult());
  auto argmaxType =
      type.clone(IntegerType::get(getContext(), 8, IntegerType::Unsigned));
  auto training = MaxPool2DArgmaxOp::create(
      rewriter, getLoc(), type, argmaxType, getInput(), getPoolSize(),
      getStrides(), *getPadding());
  rewriter.replaceOp(*this, training.getOutput());
}

SmallVector<Value> MaxPool2DArgmaxOp::buildGradients(OpBuilder &builder,
                                                     ValueRange gradients) {
  return {MaxPool2DBackwardOp::create(builder, getLoc(), getInput().getType(),
                                      gradients[0], getArgmax(), getPoolSize(),
                                      getStrides(), getPadding())};
}

/// pool(relu(x)) ⇒ relu(pool(x)): relu is monotone, so the same element wins,
/// and relu and its gradient then work on fewer elements.
template <typename PoolOp>
static LogicalResult poolBeforeRelu(PoolOp op, PatternRewriter &rewriter) {
  auto relu = op.getInput().template getDefiningOp<ReluOp>();
  if (!relu || !relu->hasOneUse())
    return failure();
  rewriter.modifyOpInPlace(
      op, [&] { op.getInputMutable().assign(relu.getInput()); });
  rewriter.setInsertionPointAfter(op);
  auto moved = ReluOp::create(rewriter, relu.getLoc(), op.getOutput().getType(),
                              op.getOutput());
  rewriter.replaceAllUsesExcept(op.getOutput(), moved, moved);
  return success();
}

LogicalResult MaxPool2DOp::canonicalize(MaxPool2DOp op,
                                        PatternRewriter &rewriter) {
  return poolBeforeRelu(op, rewriter);
}

LogicalResult MaxPool2DArgmaxOp::canonicalize(MaxPool2DArgmaxOp op,
                                              PatternRewriter &rewriter) {
  return poolBeforeRelu(op, rewriter);
}
