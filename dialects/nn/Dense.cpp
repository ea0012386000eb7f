//===- Dense.cpp - Matrix products and bias: shapes and gradients ---------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"

using namespace mlir;
using namespace lathe::nn;

/// Matrices, and what becomes a 1x1 convolution.
static LogicalResult checkRows(Operation *layer, Value input) {
  if (failed(checkRank(layer, input, 2)))
    return failure();
  if (rankedType(input).getRank() > 4)
    return mlir::emitError(argumentLoc(layer, ""))
           << "Dense takes inputs of up to 3 dimensions, but its input has "
              "shape "
           << describeShape(rankedType(input));
  return success();
}

LogicalResult DenseOp::inferShapes() {
  if (failed(checkRows(*this, getInput())))
    return failure();
  RankedTensorType input = rankedType(getInput());
  int64_t units = rankedType(getKernel()).getDimSize(1);
  if (failed(refineParameter(*this, getKernel(),
                             {input.getShape().back(), units})))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = units;
  getResult().setType(input.clone(shape));
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

/// dense on [n, t, i] or [n, h, w, i] ⇒ conv2d with a window of one element.
void DenseOp::decompose(RewriterBase &rewriter) {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() == 2)
    return;
  RankedTensorType output = rankedType(getResult());
  ArrayRef<int64_t> kernel = rankedType(getKernel()).getShape();
  auto image = [&](RankedTensorType type) {
    return type.getRank() == 4
               ? type
               : type.clone({type.getDimSize(0), 1, type.getDimSize(1),
                             type.getDimSize(2)});
  };
  Value x = ReshapeOp::create(rewriter, getLoc(), getInput(), image(input));
  Value w = ReshapeOp::create(rewriter, getLoc(), getKernel(),
                              input.clone({1, 1, kernel[0], kernel[1]}));
  Value y = Conv2DOp::create(rewriter, getLoc(), image(output), x, w,
                             rewriter.getDenseI64ArrayAttr({1, 1}),
                             rewriter.getDenseI64ArrayAttr({0, 0, 0, 0}),
                             StringAttr(), DenseI64ArrayAttr(), IntegerAttr());
  rewriter.replaceOpWithNewOp<ReshapeOp>(*this, y, output);
}

LogicalResult DenseLikeOp::inferShapes() {
  if (failed(checkRows(*this, getInput())) ||
      failed(checkRank(*this, getLike(), 1)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  int64_t units = rankedType(getLike()).getShape().back();
  if (failed(refineParameter(*this, getKernel(),
                             {input.getShape().back(), units})))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = units;
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> DenseLikeOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void DenseLikeOp::decompose(RewriterBase &rewriter) {
  auto dense = rewriter.replaceOpWithNewOp<DenseOp>(*this, getType(),
                                                    getInput(), getKernel());
  rewriter.setInsertionPoint(dense);
  dense.decompose(rewriter);
}

LogicalResult BiasAddOp::inferShapes() {
  if (failed(checkRank(*this, getInput(), 1)))
    return failure();
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

//===- Matmul -------------------------------------------------------------===//

LogicalResult MatmulOp::inferShapes() {
  RankedTensorType a = rankedType(getLhs()), b = rankedType(getRhs());
  unsigned rank = a.getRank();
  SmallVector<int64_t> shape(a.getShape());
  bool fits = rank > 2 && b.getRank() == rank &&
              a.getShape().drop_back(2) == b.getShape().drop_back(2);
  auto extents = [rank](RankedTensorType type, bool transposed) {
    int64_t rows = type.getDimSize(rank - 2),
            columns = type.getDimSize(rank - 1);
    return transposed ? std::pair(columns, rows) : std::pair(rows, columns);
  };
  if (fits) {
    auto [rows, inner] = extents(a, getTransposeA());
    auto [outer, columns] = extents(b, getTransposeB());
    fits = inner == outer;
    shape[rank - 2] = rows;
    shape[rank - 1] = columns;
  }
  if (!fits)
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer cannot multiply matrices of shapes "
           << describeShape(a) << " and " << describeShape(b);
  getResult().setType(a.clone(shape));
  return success();
}

/// With y = a·b: da = dy·bᵀ and db = aᵀ·dy, each transposed where its operand
/// was read so.
SmallVector<Value> MatmulOp::buildGradients(OpBuilder &builder,
                                            ValueRange gradients) {
  Value dy = gradients[0], a = getLhs(), b = getRhs();
  bool ta = getTransposeA(), tb = getTransposeB();
  auto product = [&](Value like, Value x, Value y, bool tx, bool ty) -> Value {
    return MatmulOp::create(builder, getLoc(), like.getType(), x, y, tx, ty);
  };
  Value da = ta ? product(a, b, dy, tb, true) : product(a, dy, b, false, !tb);
  Value db = tb ? product(b, dy, a, true, ta) : product(b, a, dy, !ta, false);
  return {da, db};
}

LogicalResult PartialDenseOp::verify() {
  ArrayRef<int64_t> x = shapeOf(getInput()), w = shapeOf(getKernel()),
                    y = shapeOf(getOutput());
  if (failed(needsShape(*this, 1, getKernel(), {x[1], w[1]})))
    return failure();
  if (y.size() != 3)
    return violates(*this, 2) << getOutput().getType() << " has no slices";
  if (failed(needsShape(*this, 2, getOutput(), {x[0], y[1], w[1]})))
    return failure();
  if (y[1] < 1 || x[1] % y[1])
    return violates(*this, 3)
           << y[1] << " slices do not divide " << x[1] << " columns";
  return success();
}

//===- Gradients ----------------------------------------------------------===//

LogicalResult DenseBackwardDataOp::verify() {
  ArrayRef<int64_t> dy = shapeOf(getGradient()), w = shapeOf(getKernel());
  return failure(
      failed(needsShape(*this, 1, getKernel(), {w[0], dy[1]})) ||
      failed(needsShape(*this, 2, getInputGradient(), {dy[0], w[0]})));
}

LogicalResult DenseBackwardWeightsOp::verify() {
  ArrayRef<int64_t> x = shapeOf(getInput()), dy = shapeOf(getGradient());
  return failure(
      failed(needsShape(*this, 1, getGradient(), {x[0], dy[1]})) ||
      failed(needsShape(*this, 2, getKernelGradient(), {x[1], dy[1]})));
}

LogicalResult BiasBackwardOp::verify() {
  ArrayRef<int64_t> dy = shapeOf(getGradient());
  if (dy.empty())
    return violates(*this, 1) << "a single number has no channels";
  return needsShape(*this, 1, getBiasGradient(), {dy.back()});
}
