//===- Loss.cpp - Softmax and losses: shapes and gradients ----------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult SoftmaxOp::inferShapes() {
  if (failed(checkRank(*this, getInput(), 1)))
    return failure();
  return keepOperandType(*this);
}

SmallVector<Value> SoftmaxOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return {SoftmaxBackwardOp::create(builder, getLoc(), getType(), gradients[0],
                                    getOutput())};
}

/// What the gradient of a loss is multiplied by: weights, the gradient of the
/// loss itself.
static SmallVector<Value, 3> factors(ValueRange weights, Value seed) {
  SmallVector<Value, 3> result(weights);
  result.push_back(seed);
  return result;
}

/// No gradients of labels and weights.
static SmallVector<Value> ofScores(Operation *loss, Value gradient) {
  SmallVector<Value> result(loss->getNumOperands());
  result[0] = gradient;
  return result;
}

SmallVector<Value> SoftmaxCrossEntropyOp::buildGradients(OpBuilder &builder,
                                                         ValueRange gradients) {
  return ofScores(*this, SoftmaxCrossEntropyBackwardOp::create(
                             builder, getLoc(), getLogits().getType(),
                             getProbabilities(), getLabels(),
                             factors(getWeights(), gradients[0]),
                             getLabelSmoothingAttr()));
}

SmallVector<Value> LossOp::buildGradients(OpBuilder &builder,
                                          ValueRange gradients) {
  return ofScores(*this,
                  LossBackwardOp::create(
                      builder, getLoc(), getScores().getType(), getScores(),
                      getLabels(), factors(getWeights(), gradients[0]),
                      getFunctionAttr(), getFromLogitsAttr(),
                      getLabelSmoothingAttr(), getAlphaAttr(), getGammaAttr(),
                      getApplyClassBalancingAttr()));
}

/// A loss that nothing is done to has gradient 1.
template <typename OpTy>
static LogicalResult dropSeed(OpTy op, PatternRewriter &rewriter) {
  DenseElementsAttr seed;
  OperandRange factors = op.getFactors();
  if (factors.empty() || !matchPattern(factors.back(), m_Constant(&seed)) ||
      seed.getType().getRank() != 0 ||
      !seed.getSplatValue<APFloat>().isExactlyValue(1.0))
    return failure();
  rewriter.modifyOpInPlace(
      op, [&] { op.getFactorsMutable().erase(factors.size() - 1); });
  return success();
}

LogicalResult
SoftmaxCrossEntropyBackwardOp::canonicalize(SoftmaxCrossEntropyBackwardOp op,
                                            PatternRewriter &rewriter) {
  return dropSeed(op, rewriter);
}

LogicalResult LossBackwardOp::canonicalize(LossBackwardOp op,
                                           PatternRewriter &rewriter) {
  return dropSeed(op, rewriter);
}

//===- Constraints --------------------------------------------------------===//

LogicalResult SoftmaxBackwardOp::verify() {
  return needShape(*this, 1, getOperation()->getOperands(),
                   shapeOf(getInputGradient()));
}

/// c1: the labels are a vector over the batch, or have the scores' shape.
static LogicalResult verifyLabels(Operation *op, Value scores, Value labels) {
  ArrayRef<int64_t> wanted = shapeOf(scores);
  return needsShape(op, 1, labels, wanted.take_front(shapeOf(labels).size()));
}

/// c2: a weight is a vector over the batch or over the classes; a gradient of
/// the loss, which is single, comes last.
static LogicalResult verifyWeights(Operation *op, Value scores,
                                   ValueRange weights) {
  int64_t rows = shapeOf(scores)[0], columns = shapeOf(scores)[1];
  int64_t classes = columns == 1 ? 2 : columns;
  for (auto [number, weight] : llvm::enumerate(weights)) {
    ArrayRef<int64_t> shape = shapeOf(weight);
    bool fits = shape.empty() ? number + 1 == weights.size()
                              : shape[0] == rows || shape[0] == classes;
    if (!fits)
      return violates(op, 2)
             << weight.getType() << " is no weight of samples or classes of "
             << scores.getType();
  }
  return success();
}

static LogicalResult verifyLoss(Operation *op, Value scores, Value labels,
                                ValueRange weights) {
  return failure(failed(verifyLabels(op, scores, labels)) ||
                 failed(verifyWeights(op, scores, weights)));
}

LogicalResult SoftmaxCrossEntropyOp::verify() {
  return failure(
      failed(verifyLoss(*this, getLogits(), getLabels(), getWeights())) ||
      failed(needsShape(*this, 3, getProbabilities(), shapeOf(getLogits()))));
}

LogicalResult SoftmaxCrossEntropyBackwardOp::verify() {
  return failure(failed(verifyLoss(*this, getProbabilities(), getLabels(),
                                   getFactors())) ||
                 failed(needsShape(*this, 3, getLogitsGradient(),
                                   shapeOf(getProbabilities()))));
}

LogicalResult LossOp::verify() {
  return verifyLoss(*this, getScores(), getLabels(), getWeights());
}

LogicalResult LossBackwardOp::verify() {
  return failure(
      failed(verifyLoss(*this, getScores(), getLabels(), getFactors())) ||
      failed(needsShape(*this, 3, getScoresGradient(), shapeOf(getScores()))));
}

LogicalResult CountCorrectOp::verify() {
  return verifyLabels(*this, getScores(), getLabels());
}
