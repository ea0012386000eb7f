//===- Elementwise.cpp - Activations, scaling, dropout, reshaping ---------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lathe::nn;

/// An elementwise layer keeps its first operand's type.
static LogicalResult keepType(Operation *op) {
  op->getResult(0).setType(op->getOperand(0).getType());
  return success();
}

//===- Relu ---------------------------------------------------------------===//

LogicalResult ReluOp::inferShapes() { return keepType(*this); }

SmallVector<Value> ReluOp::buildGradients(OpBuilder &builder,
                                          ValueRange gradients) {
  return {ReluBackwardOp::create(builder, getLoc(), getInput().getType(),
                                 gradients[0], getOutput())};
}

/// `value`, or what it is a reshape of: the same elements.
static Value lookThroughReshape(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  return value;
}

/// The dropout of `value` that draws the same random numbers as `like`.
static DropoutOp findDropout(Value value, DropoutOp like) {
  for (Operation *user : value.getUsers()) {
    auto dropout = dyn_cast<DropoutOp>(user);
    if (dropout && dropout != like && dropout.getInput() == value &&
        dropout.getKey() == like.getKey() &&
        dropout.getRate() == like.getRate() &&
        dropout.getIteration() == like.getIteration() &&
        dropout.getSeed() == like.getSeed())
      return dropout;
  }
  return {};
}

/// relu_backward(dropout(g), y), where z = dropout(y) exists, only needs z: it
/// is positive just where y is and the element was kept. So y need not outlive
/// the forward pass, and no random number is drawn twice.
LogicalResult ReluBackwardOp::canonicalize(ReluBackwardOp op,
                                           PatternRewriter &rewriter) {
  auto dropped = op.getGradient().getDefiningOp<DropoutOp>();
  DropoutOp forward =
      dropped ? findDropout(lookThroughReshape(op.getOutput()), dropped)
              : DropoutOp();
  if (!forward)
    return failure();
  double kept = 1.0 - dropped.getRate().convertToDouble();
  Value gradient = ScaleOp::create(
      rewriter, op.getLoc(), dropped.getType(), dropped.getInput(),
      rewriter.getF64FloatAttr(1.0 / kept), rewriter.getF64FloatAttr(0.0));
  Value output = ReshapeOp::create(rewriter, op.getLoc(), forward.getOutput(),
                                   rankedType(op.getResult()));
  rewriter.replaceOpWithNewOp<ReluBackwardOp>(op, op.getType(), gradient,
                                              output);
  return success();
}

//===- Add, Scale ---------------------------------------------------------===//

LogicalResult AddOp::inferShapes() {
  if (getLhs().getType() != getRhs().getType())
    return mlir::emitError(getLoc())
           << "Add needs inputs of one shape, but they have "
           << describeShape(rankedType(getLhs())) << " and "
           << describeShape(rankedType(getRhs()));
  return keepType(*this);
}

SmallVector<Value> AddOp::buildGradients(OpBuilder &, ValueRange gradients) {
  return {gradients[0], gradients[0]};
}

LogicalResult ScaleOp::inferShapes() { return keepType(*this); }

SmallVector<Value> ScaleOp::buildGradients(OpBuilder &builder,
                                           ValueRange gradients) {
  return {ScaleOp::create(builder, getLoc(), getInput().getType(), gradients[0],
                          getScaleAttr(), builder.getF64FloatAttr(0.0))};
}

OpFoldResult ScaleOp::fold(FoldAdaptor) {
  bool identity = getScale().isExactlyValue(1.0) && getOffset().isZero();
  return identity && getType() == getInput().getType() ? getInput() : Value();
}

//===- Dropout ------------------------------------------------------------===//

LogicalResult DropoutOp::inferShapes() { return keepType(*this); }

SmallVector<Value> DropoutOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return {DropoutOp::create(builder, getLoc(), getInput().getType(),
                            gradients[0], getIteration(), getSeed(),
                            getRateAttr(), getKeyAttr()),
          Value(), Value()};
}

void DropoutOp::toInference(RewriterBase &rewriter) {
  rewriter.replaceOp(*this, getInput());
}

OpFoldResult DropoutOp::fold(FoldAdaptor) {
  return getRate().isZero() && getType() == getInput().getType() ? getInput()
                                                                 : Value();
}

//===- Reshape ------------------------------------------------------------===//

LogicalResult ReshapeOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  int64_t count = 1, known = 1;
  for (int64_t extent : input.getShape().drop_front())
    count *= extent;
  for (int64_t extent : getShape())
    if (extent != -1)
      known *= extent;
  SmallVector<int64_t> shape{input.getDimSize(0)};
  for (int64_t extent : getShape())
    shape.push_back(extent == -1 && known ? count / known : extent);
  int64_t product = 1;
  for (int64_t extent : ArrayRef(shape).drop_front())
    product *= extent;
  if (product != count)
    return mlir::emitError(argumentLoc(*this, "target_shape"))
           << "cannot reshape " << describeShape(input) << " (" << count
           << " elements) to this shape (" << product << " elements)";
  getResult().setType(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

SmallVector<Value> ReshapeOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return {ReshapeOp::create(builder, getLoc(), gradients[0],
                            rankedType(getInput()))};
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getType() == getInput().getType() ? getInput() : Value();
}

namespace {
/// reshape(reshape(x)) ⇒ reshape(x)
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReshapeOp>();
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!inner || !type)
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, inner.getInput(), type);
    return success();
  }
};

/// f(reshape(x), y) ⇒ reshape(f(x, reshape(y))) for elementwise f, so that f
/// stands next to what produces x and can be fused with it.
struct SinkReshape : OpTraitRewritePattern<ShapeAgnostic> {
  using OpTraitRewritePattern::OpTraitRewritePattern;
  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op->getOperand(0).getDefiningOp<ReshapeOp>();
    if (!reshape || op->getNumResults() != 1)
      return failure();
    auto outer = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    auto inner = dyn_cast<RankedTensorType>(reshape.getInput().getType());
    if (!outer || !inner)
      return failure();
    SmallVector<Value> operands{reshape.getInput()};
    for (Value operand : op->getOperands().drop_front())
      operands.push_back(
          operand.getType() == outer
              ? ReshapeOp::create(rewriter, op->getLoc(), operand, inner)
                    .getResult()
              : operand);
    OperationState state(op->getLoc(), op->getName(), operands, inner,
                         op->getAttrs());
    Operation *moved = rewriter.create(state);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, moved->getResult(0), outer);
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes, SinkReshape>(context);
}
