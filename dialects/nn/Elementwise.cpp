//===- Elementwise.cpp - Scaling, dropout, noise --------------------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

//===- Scale --------------------------------------------------------------===//

LogicalResult ScaleOp::inferShapes() { return keepOperandType(*this); }

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

/// What is shared along a dimension that the input does not have, is shared.
LogicalResult DropoutOp::inferShapes() {
  if (std::optional<ArrayRef<int64_t>> axes = getSharedAxes()) {
    if (llvm::any_of(*axes, [](int64_t axis) { return axis < 1; }))
      return emitOpError("shares a draw along the batch");
    SmallVector<int64_t> shared(*axes);
    llvm::erase_if(shared, [&](int64_t axis) {
      return axis >= rankedType(getInput()).getRank();
    });
    setSharedAxes(shared);
  }
  return keepOperandType(*this);
}

SmallVector<Value> DropoutOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return {DropoutOp::create(builder, getLoc(), getInput().getType(),
                            gradients[0], getIteration(), getSeed(),
                            getRateAttr(), getKeyAttr(), getSharedAxesAttr()),
          Value(), Value()};
}

void DropoutOp::toInference(RewriterBase &rewriter) {
  rewriter.replaceOp(*this, getInput());
}

OpFoldResult DropoutOp::fold(FoldAdaptor) {
  return getRate().isZero() && getType() == getInput().getType() ? getInput()
                                                                 : Value();
}

//===- Gaussian noise -----------------------------------------------------===//

LogicalResult GaussianNoiseOp::inferShapes() { return keepOperandType(*this); }

SmallVector<Value> GaussianNoiseOp::buildGradients(OpBuilder &,
                                                   ValueRange gradients) {
  return {gradients[0], Value(), Value()};
}

void GaussianNoiseOp::toInference(RewriterBase &rewriter) {
  rewriter.replaceOp(*this, getInput());
}
