//===- Activations.cpp - Activations and their gradients ----------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

//===- Relu ---------------------------------------------------------------===//

LogicalResult ReluOp::inferShapes() { return keepOperandType(*this); }

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
        dropout.getSharedAxesAttr() == like.getSharedAxesAttr() &&
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

//===- The others ---------------------------------------------------------===//

/// Whether the function's gradient follows from its result.
static bool savesOutput(StringRef function) {
  static constexpr StringLiteral functions[] = {
      "relu6", "selu", "hard_sigmoid", "sigmoid", "tanh", "exponential"};
  return llvm::is_contained(functions, function);
}

LogicalResult ActivationOp::inferShapes() { return keepOperandType(*this); }

SmallVector<Value> ActivationOp::buildGradients(OpBuilder &builder,
                                                ValueRange gradients) {
  Value saved = savesOutput(getFunction()) ? getOutput() : getInput();
  return {ActivationBackwardOp::create(builder, getLoc(), getInput().getType(),
                                       gradients[0], saved, getFunctionAttr(),
                                       getAlphaAttr())};
}

//===- PReLU --------------------------------------------------------------===//

LogicalResult PReluOp::inferShapes() {
  if (failed(checkRank(*this, getInput(), 1)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> shape(input.getShape().drop_front());
  for (int64_t axis : getSharedAxes()) {
    if (axis < 1 || axis >= input.getRank())
      return mlir::emitError(argumentLoc(*this, "shared_axes"))
             << "the input has no dimension " << axis << "; its shape is "
             << describeShape(input);
    shape[axis - 1] = 1;
  }
  if (failed(refineParameter(*this, getAlpha(), shape)))
    return failure();
  return keepOperandType(*this);
}

SmallVector<Value> PReluOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void PReluOp::decompose(RewriterBase &rewriter) {
  Location loc = getLoc();
  Type type = getType();
  Value positive = ReluOp::create(rewriter, loc, type, getInput());
  Value flipped = ScaleOp::create(rewriter, loc, type, getInput(),
                                  rewriter.getF64FloatAttr(-1.0),
                                  rewriter.getF64FloatAttr(0.0));
  Value negative = ReluOp::create(rewriter, loc, type, flipped);
  Value scaled = MultiplyOp::create(rewriter, loc, type, negative, getAlpha());
  rewriter.replaceOpWithNewOp<SubtractOp>(*this, type, positive, scaled);
}
