//===- Dense.cpp - Matrix products and bias: shapes and gradients ---------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult DenseOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != 2)
    return mlir::emitError(getLoc())
           << "Dense needs a flat input, but its input has shape "
           << describeShape(input) << "; add a Flatten layer before it";
  int64_t units = rankedType(getKernel()).getDimSize(1);
  if (failed(refineParameter(*this, getKernel(), {input.getDimSize(1), units})))
    return failure();
  getResult().setType(RankedTensorType::get({input.getDimSize(0), units},
                                            input.getElementType()));
  return success();
}

SmallVector<Value> DenseOp::buildGradients(OpBuilder &builder,
                                           ValueRange gradients) {
  Value dy = gradients[0];
  return {DenseBackwardDataOp::create(builder, getLoc(), getInput().getType(),
                                      dy, getKernel()),
          DenseBackwardWeightsOp::create(
              builder, getLoc(), getKernel().getType(), getInput(), dy)};
}

LogicalResult BiasAddOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (failed(refineParameter(*this, getBias(), {input.getShape().back()})))
    return failure();
  getResult().setType(input);
  return success();
}

SmallVector<Value> BiasAddOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return {gradients[0],
          BiasBackwardOp::create(builder, getLoc(), getBias().getType(),
                                 gradients[0])};
}

/// Pooling's gradient moves elements about and adds them up: their sum over the
/// image is the same before and after, and there are fewer before.
LogicalResult BiasBackwardOp::canonicalize(BiasBackwardOp op,
                                           PatternRewriter &rewriter) {
  auto pool = op.getGradient().getDefiningOp<MaxPool2DBackwardOp>();
  if (!pool)
    return failure();
  rewriter.modifyOpInPlace(
      op, [&] { op.getGradientMutable().assign(pool.getGradient()); });
  return success();
}
