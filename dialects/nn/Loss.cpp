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

SmallVector<Value> SoftmaxCrossEntropyOp::buildGradients(OpBuilder &builder,
                                                         ValueRange gradients) {
  return {SoftmaxCrossEntropyBackwardOp::create(
              builder, getLoc(), getLogits().getType(), getProbabilities(),
              getLabels(), gradients[0]),
          Value()};
}

/// A loss that nothing is done to has gradient 1.
LogicalResult
SoftmaxCrossEntropyBackwardOp::canonicalize(SoftmaxCrossEntropyBackwardOp op,
                                            PatternRewriter &rewriter) {
  DenseElementsAttr seed;
  if (!op.getSeed() || !matchPattern(op.getSeed(), m_Constant(&seed)) ||
      !seed.getSplatValue<APFloat>().isExactlyValue(1.0))
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getSeedMutable().clear(); });
  return success();
}
