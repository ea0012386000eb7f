//===- Loss.cpp - Softmax and losses: shapes and gradients ----------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult SoftmaxOp::inferShapes() {
  getResult().setType(getInput().getType());
  return success();
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
