//===- Pooling.cpp - Pooling: shapes, gradients, canonical forms ----------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"

using namespace mlir;
using namespace lathe::nn;

static LogicalResult checkImage(Operation *layer) {
  RankedTensorType input = rankedType(layer->getOperand(0));
  if (input.getRank() == 4)
    return success();
  return mlir::emitError(layer->getLoc())
         << "pooling needs an image (height x width x channels), but its "
            "input has shape "
         << describeShape(input);
}

template <typename PoolOp>
static LogicalResult inferPooling(PoolOp op) {
  if (failed(checkImage(op)))
    return failure();
  RankedTensorType input = rankedType(op.getInput());
  FailureOr<Window> window =
      inferWindow(op, input.getShape().slice(1, 2), op.getPoolSize(),
                  op.getStrides(), op.getAutoPadding().value_or(""),
                  op.getPadding().value_or(ArrayRef<int64_t>()), "pool_size");
  if (failed(window))
    return failure();
  op.setPadding(window->padding);
  op.removeAutoPaddingAttr();
  op.getResult().setType(input.clone({input.getDimSize(0), window->output[0],
                                      window->output[1], input.getDimSize(3)}));
  return success();
}

//===- Max ----------------------------------------------------------------===//

LogicalResult MaxPool2DOp::inferShapes() { return inferPooling(*this); }

/// What numbers the elements of a window.
static Type argmaxElement(MLIRContext *context, ArrayRef<int64_t> window) {
  bool isSmall = window[0] * window[1] <= 256;
  return isSmall ? IntegerType::get(context, 8, IntegerType::Unsigned)
                 : IntegerType::get(context, 32);
}

void MaxPool2DOp::toTraining(RewriterBase &rewriter) {
  auto type = rankedType(getResult());
  auto argmaxType = type.clone(argmaxElement(getContext(), getPoolSize()));
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

LogicalResult GlobalMaxPoolOp::inferShapes() {
  if (failed(checkImage(*this)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  int64_t batch = input.getDimSize(0), channels = input.getDimSize(3);
  getResult().setType(getKeepdims() ? input.clone({batch, 1, 1, channels})
                                    : input.clone({batch, channels}));
  return success();
}

SmallVector<Value> GlobalMaxPoolOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void GlobalMaxPoolOp::decompose(RewriterBase &rewriter) {
  RankedTensorType input = rankedType(getInput());
  DenseI64ArrayAttr window =
      rewriter.getDenseI64ArrayAttr(input.getShape().slice(1, 2));
  Value pooled = MaxPool2DOp::create(
      rewriter, getLoc(),
      input.clone({input.getDimSize(0), 1, 1, input.getDimSize(3)}), getInput(),
      window, window, rewriter.getDenseI64ArrayAttr({0, 0, 0, 0}),
      StringAttr());
  rewriter.replaceOpWithNewOp<ReshapeOp>(*this, pooled,
                                         rankedType(getResult()));
}

//===- Average ------------------------------------------------------------===//

LogicalResult AvgPool2DOp::inferShapes() { return inferPooling(*this); }

SmallVector<Value> AvgPool2DOp::buildGradients(OpBuilder &builder,
                                               ValueRange gradients) {
  return {AvgPool2DBackwardOp::create(
      builder, getLoc(), getInput().getType(), gradients[0], getPoolSizeAttr(),
      getStridesAttr(), getPaddingAttr(), getCountIncludePadAttr())};
}

//===- Constraints --------------------------------------------------------===//

/// c1: the pooled tensor has an element for each window of the padded image.
template <typename PoolOp>
static LogicalResult verifyPooled(PoolOp op, Value image, Value pooled) {
  ArrayRef<int64_t> x = shapeOf(image);
  FailureOr<Window> window =
      inferWindow(op, x.slice(1, 2), op.getPoolSize(), op.getStrides(), "",
                  op.getPadding(), "pool_size");
  if (failed(window))
    return failure();
  return needsShape(op, 1, pooled,
                    {x[0], window->output[0], window->output[1], x[3]});
}

/// c2: the winners' numbers have the pooled tensor's shape, and fit.
template <typename PoolOp>
static LogicalResult verifyArgmax(PoolOp op, Value pooled) {
  if (failed(needsShape(op, 2, op.getArgmax(), shapeOf(pooled))))
    return failure();
  Type element = argmaxElement(op.getContext(), op.getPoolSize());
  if (rankedType(op.getArgmax()).getElementType() != element)
    return violates(op, 2) << "numbers of the elements of such windows are "
                           << element;
  return success();
}

LogicalResult MaxPool2DArgmaxOp::verify() {
  return failure(failed(verifyPooled(*this, getInput(), getOutput())) ||
                 failed(verifyArgmax(*this, getOutput())));
}

LogicalResult MaxPool2DBackwardOp::verify() {
  return failure(
      failed(verifyPooled(*this, getInputGradient(), getGradient())) ||
      failed(verifyArgmax(*this, getGradient())));
}

LogicalResult AvgPool2DBackwardOp::verify() {
  return verifyPooled(*this, getInputGradient(), getGradient());
}
