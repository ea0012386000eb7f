//===- Attention.cpp - Relative positions ---------------------------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult RelativeBiasOp::inferShapes() {
  RankedTensorType table = rankedType(getTable());
  int64_t height = getSize()[0], width = getSize()[1];
  int64_t heads = table.getDimSize(1);
  if (failed(refineParameter(*this, getTable(),
                             {(2 * height - 1) * (2 * width - 1), heads})))
    return failure();
  getResult().setType(table.clone({heads, height * width, height * width}));
  return success();
}

SmallVector<Value> RelativeBiasOp::buildGradients(OpBuilder &builder,
                                                  ValueRange gradients) {
  return {RelativeBiasBackwardOp::create(
      builder, getLoc(), getTable().getType(), gradients[0], getSizeAttr())};
}

LogicalResult RelativeBiasBackwardOp::verify() {
  int64_t height = getSize()[0], width = getSize()[1];
  int64_t positions = height * width, heads = shapeOf(getGradient())[0];
  return failure(
      failed(
          needsShape(*this, 1, getGradient(), {heads, positions, positions})) ||
      failed(needsShape(*this, 2, getTableGradient(),
                        {(2 * height - 1) * (2 * width - 1), heads})));
}
