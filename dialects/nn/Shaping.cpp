//===- Shaping.cpp - Reshaping, padding, joining, resizing --------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lathe::nn;

//===- Reshape ------------------------------------------------------------===//

LogicalResult ReshapeOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  // A frontend that types its reshapes may change every dimension of a tensor
  // without a batch.
  auto typed = dyn_cast<RankedTensorType>(getResult().getType());
  if (typed && typed.hasStaticShape() && input.hasStaticShape() &&
      typed.getNumElements() == input.getNumElements())
    return success();
  if (input.getRank() == 0)
    return mlir::emitError(argumentLoc(*this, "target_shape"))
           << "a single element cannot be reshaped to several";
  if (llvm::any_of(getShape(), [](int64_t extent) { return extent < -1; }))
    return mlir::emitError(argumentLoc(*this, "target_shape"))
           << "extents are positive, or -1 for one that follows";
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

/// reshape(constant) ⇒ constant: nothing computes a view of one
struct ReshapeConstant : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto constant = op.getInput().getDefiningOp<ConstantOp>();
    auto type = dyn_cast<RankedTensorType>(op.getType());
    auto data = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                         : DenseElementsAttr();
    if (!data || !type)
      return failure();
    rewriter.replaceOpWithNewOp<ConstantOp>(
        op, data.isSplat() ? data.resizeSplat(type) : data.reshape(type));
    return success();
  }
};

/// f(reshape(x), y) ⇒ reshape(f(x, reshape(y))) for elementwise f, so that f
/// stands next to what produces x and can be fused with it. Only shapes move:
/// each value keeps its type of elements. A single element is broadcast to any
/// shape and stays as it is.
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
    auto hasOuterShape = [&](Value operand) {
      return rankedType(operand).getShape() == outer.getShape();
    };
    auto isSingle = [&](Value operand) {
      return rankedType(operand).getRank() == 0;
    };
    if (!hasOuterShape(reshape) ||
        !llvm::all_of(op->getOperands().drop_front(), [&](Value operand) {
          return hasOuterShape(operand) || isSingle(operand);
        }))
      return failure(); // what is broadcast depends on the shape
    if (op->hasAttr("shared_axes"))
      return failure(); // so does what shares a draw
    SmallVector<Value> operands{reshape.getInput()};
    for (Value operand : op->getOperands().drop_front())
      operands.push_back(
          isSingle(operand)
              ? operand
              : ReshapeOp::create(rewriter, op->getLoc(), operand,
                                  rankedType(operand).clone(inner.getShape()))
                    .getResult());
    OperationState state(op->getLoc(), op->getName(), operands,
                         inner.clone(outer.getElementType()), op->getAttrs());
    Operation *moved = rewriter.create(state);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, moved->getResult(0), outer);
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes, ReshapeConstant, SinkReshape>(context);
}

//===- Dimensions of extent 1 ---------------------------------------------===//

LogicalResult ExpandDimsOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> shape(input.getShape());
  if (int64_t(getAxis()) < 0 || int64_t(getAxis()) > input.getRank() ||
      input.getRank() == 4)
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer cannot take an input of shape "
           << describeShape(input);
  shape.insert(shape.begin() + getAxis(), 1);
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> ExpandDimsOp::buildGradients(OpBuilder &builder,
                                                ValueRange gradients) {
  return {ReshapeOp::create(builder, getLoc(), gradients[0],
                            rankedType(getInput()))};
}

void ExpandDimsOp::decompose(RewriterBase &rewriter) {
  rewriter.replaceOpWithNewOp<ReshapeOp>(*this, getInput(),
                                         rankedType(getResult()));
}

LogicalResult SqueezeOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> shape(input.getShape());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= input.getRank() || shape[axis] != 1)
    return mlir::emitError(argumentLoc(*this, ""))
           << "dimension " << axis << " cannot be removed from an input of "
           << "shape " << describeShape(input) << ": it has no extent of 1";
  shape.erase(shape.begin() + getAxis());
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> SqueezeOp::buildGradients(OpBuilder &builder,
                                             ValueRange gradients) {
  return {ReshapeOp::create(builder, getLoc(), gradients[0],
                            rankedType(getInput()))};
}

void SqueezeOp::decompose(RewriterBase &rewriter) {
  rewriter.replaceOpWithNewOp<ReshapeOp>(*this, getInput(),
                                         rankedType(getResult()));
}

//===- Transpose ----------------------------------------------------------===//

LogicalResult TransposeOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> sorted(getPermutation()), shape;
  llvm::sort(sorted);
  bool valid = static_cast<int64_t>(sorted.size()) == input.getRank() &&
               (sorted.empty() || getPermutation().front() == 0);
  for (auto [index, axis] : llvm::enumerate(sorted))
    valid &= axis == static_cast<int64_t>(index);
  if (!valid)
    return mlir::emitError(argumentLoc(*this, "dims"))
           << "dims must hold each of the input's "
           << std::max<int64_t>(input.getRank() - 1, 0)
           << " dimensions once, counted from 1; the input has shape "
           << describeShape(input);
  for (int64_t axis : getPermutation())
    shape.push_back(input.getDimSize(axis));
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> TransposeOp::buildGradients(OpBuilder &builder,
                                               ValueRange gradients) {
  SmallVector<int64_t> inverse(getPermutation().size());
  for (auto [index, axis] : llvm::enumerate(getPermutation()))
    inverse[axis] = index;
  return {TransposeOp::create(builder, getLoc(), getInput().getType(),
                              gradients[0], inverse)};
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return llvm::is_sorted(getPermutation()) && getType() == getInput().getType()
             ? getInput()
             : Value();
}

//===- Pad ----------------------------------------------------------------===//

LogicalResult PadOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != static_cast<int64_t>(getLow().size()) ||
      getLow().size() != getHigh().size())
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer needs an input of "
           << std::max<int64_t>(getLow().size(), 1) - 1
           << " dimensions, but its input has shape " << describeShape(input);
  SmallVector<int64_t> shape(input.getShape());
  if (!shape.empty() && (getLow()[0] != 0 || getHigh()[0] != 0))
    return emitOpError("pads or cuts the batch");
  for (unsigned axis = 1; axis < shape.size(); ++axis) {
    shape[axis] += getLow()[axis] + getHigh()[axis];
    if (shape[axis] < 1)
      return mlir::emitError(argumentLoc(*this, "cropping"))
             << "nothing of the input remains, which has shape "
             << describeShape(input);
  }
  getResult().setType(input.clone(shape));
  return success();
}

static SmallVector<int64_t> negate(ArrayRef<int64_t> extents) {
  return llvm::map_to_vector(extents, [](int64_t extent) { return -extent; });
}

SmallVector<Value> PadOp::buildGradients(OpBuilder &builder,
                                         ValueRange gradients) {
  return {PadOp::create(builder, getLoc(), getInput().getType(), gradients[0],
                        negate(getLow()), negate(getHigh()))};
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t extent) { return extent == 0; };
  return llvm::all_of(getLow(), isZero) && llvm::all_of(getHigh(), isZero) &&
                 getType() == getInput().getType()
             ? getInput()
             : Value();
}

//===- Concatenate --------------------------------------------------------===//

LogicalResult ConcatenateOp::inferShapes() {
  RankedTensorType first = rankedType(getInputs().front());
  int64_t axis = getAxis();
  if (axis < 0)
    axis += first.getRank();
  if (axis < 1 || axis >= first.getRank())
    return mlir::emitError(argumentLoc(*this, "axis"))
           << "axis " << int64_t(getAxis()) << " is not an axis of shape "
           << describeShape(first) << " (1 is the first one after the batch)";
  SmallVector<int64_t> shape(first.getShape());
  for (Value input : getInputs().drop_front()) {
    RankedTensorType type = rankedType(input);
    bool fits = type.getRank() == first.getRank();
    for (int64_t other = 0; fits && other < first.getRank(); ++other)
      fits &= other == axis || type.getDimSize(other) == shape[other];
    if (!fits)
      return mlir::emitError(argumentLoc(*this, ""))
             << "Concatenate needs inputs that agree in all dimensions but "
                "the joined one, but they have shapes "
             << describeShape(first) << " and " << describeShape(type);
    shape[axis] += type.getDimSize(axis);
  }
  setAxis(axis);
  getResult().setType(first.clone(shape));
  return success();
}

/// Each input's gradient is a piece of the result's.
SmallVector<Value> ConcatenateOp::buildGradients(OpBuilder &builder,
                                                 ValueRange gradients) {
  int64_t rank = rankedType(getResult()).getRank();
  int64_t total = rankedType(getResult()).getDimSize(getAxis()), before = 0;
  SmallVector<Value> pieces;
  for (Value input : getInputs()) {
    int64_t extent = rankedType(input).getDimSize(getAxis());
    SmallVector<int64_t> low(rank, 0), high(rank, 0);
    low[getAxis()] = -before;
    high[getAxis()] = before + extent - total;
    pieces.push_back(PadOp::create(builder, getLoc(), input.getType(),
                                   gradients[0], low, high));
    before += extent;
  }
  return pieces;
}

//===- Prepend ------------------------------------------------------------===//

LogicalResult PrependOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != 3)
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer needs a sequence (rows x channels), but its input has "
              "shape "
           << describeShape(input);
  SmallVector<int64_t> shape(input.getShape());
  if (failed(refineParameter(*this, getToken(), {1, shape[2]})))
    return failure();
  ++shape[1];
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> PrependOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void PrependOp::decompose(RewriterBase &rewriter) {
  RankedTensorType input = rankedType(getInput());
  auto row = input.clone({input.getDimSize(0), 1, input.getDimSize(2)});
  Value token = BroadcastOp::create(rewriter, getLoc(), row, getToken());
  rewriter.replaceOpWithNewOp<ConcatenateOp>(*this, getType(),
                                             ValueRange{token, getInput()}, 1);
}

//===- Resize -------------------------------------------------------------===//

LogicalResult ResizeOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != 4)
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer needs an image (height x width x channels), but its "
              "input has shape "
           << describeShape(input);
  if (std::optional<ArrayRef<int64_t>> factors = getFactors()) {
    setSize(ArrayRef<int64_t>{input.getDimSize(1) * (*factors)[0],
                              input.getDimSize(2) * (*factors)[1]});
    removeFactorsAttr();
  }
  if (!getSize())
    return emitOpError("needs a size or factors");
  ArrayRef<int64_t> size = *getSize();
  getResult().setType(input.clone(
      {input.getDimSize(0), size[0], size[1], input.getDimSize(3)}));
  return success();
}

SmallVector<Value> ResizeOp::buildGradients(OpBuilder &builder,
                                            ValueRange gradients) {
  return {ResizeBackwardOp::create(builder, getLoc(), getInput().getType(),
                                   gradients[0], getInterpolation())};
}

OpFoldResult ResizeOp::fold(FoldAdaptor) {
  return getType() == getInput().getType() ? getInput() : Value();
}

LogicalResult ResizeBackwardOp::verify() {
  ArrayRef<int64_t> dy = shapeOf(getGradient()),
                    dx = shapeOf(getInputGradient());
  return needsShape(*this, 1, getInputGradient(), {dy[0], dx[1], dx[2], dy[3]});
}

//===- Resample -----------------------------------------------------------===//

LogicalResult ResampleOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != 4)
    return mlir::emitError(argumentLoc(*this, ""))
           << "the layer needs an image (height x width x channels), but its "
              "input has shape "
           << describeShape(input);
  if (getAntialias() && getFilter() == "area")
    return violates(*this, 1) << "'area' has no antialias";
  if (std::max(input.getDimSize(getAxis()), int64_t(getSize())) > 1 << 14)
    return mlir::emitError(argumentLoc(*this, ""))
           << "an image of more than 2^14 rows or columns cannot be filtered; "
              "the interpolations 'nearest' and 'bilinear' can resize it";
  SmallVector<int64_t> shape(input.getShape());
  shape[getAxis()] = int64_t(getSize());
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> ResampleOp::buildGradients(OpBuilder &builder,
                                              ValueRange gradients) {
  return {ResampleBackwardOp::create(builder, getLoc(), getInput().getType(),
                                     gradients[0], getAxisAttr(),
                                     getFilterAttr(), getAntialiasAttr())};
}

LogicalResult ResampleBackwardOp::verify() {
  SmallVector<int64_t> shape(shapeOf(getGradient()));
  shape[getAxis()] = shapeOf(getInputGradient())[getAxis()];
  return needsShape(*this, 1, getInputGradient(), shape);
}
