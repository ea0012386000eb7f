//===- Conv.cpp - Convolutions: shapes and gradients ----------------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"

using namespace mlir;
using namespace lathe::nn;

/// What a convolution's window covers, holes included.
static SmallVector<int64_t, 2> dilatedWindow(ArrayRef<int64_t> filter,
                                             ArrayRef<int64_t> dilations) {
  return {(filter[0] - 1) * dilations[0] + 1,
          (filter[1] - 1) * dilations[1] + 1};
}

static constexpr int64_t noDilation[] = {1, 1};

static LogicalResult checkImage(Operation *layer, StringRef name) {
  RankedTensorType input = rankedType(layer->getOperand(0));
  if (input.getRank() == 4)
    return success();
  return mlir::emitError(layer->getLoc())
         << name
         << " needs an image (height x width x channels), but its "
            "input has shape "
         << describeShape(input)
         << "; place it before Flatten, or add a Reshape";
}

/// Completes the padding of a layer that slides `filter` over its image, and
/// types its result, which has so many channels.
template <typename Op>
static LogicalResult inferSlidingFilter(Op op, ArrayRef<int64_t> filter,
                                        int64_t channels) {
  RankedTensorType input = rankedType(op.getInput());
  FailureOr<Window> window =
      inferWindow(op, input.getShape().slice(1, 2),
                  dilatedWindow(filter, op.getDilations().value_or(noDilation)),
                  op.getStrides(), op.getAutoPadding().value_or(""),
                  op.getPadding().value_or(ArrayRef<int64_t>()), "kernel_size");
  if (failed(window))
    return failure();
  op.setPadding(window->padding);
  op.removeAutoPaddingAttr();
  op.getResult().setType(input.clone(
      {input.getDimSize(0), window->output[0], window->output[1], channels}));
  return success();
}

LogicalResult Conv2DOp::inferShapes() {
  if (failed(checkImage(*this, "Conv2D")))
    return failure();
  int64_t inChannels = rankedType(getInput()).getDimSize(3);
  int64_t groups = getGroups().value_or(1);
  SmallVector<int64_t> filter(rankedType(getFilter()).getShape());
  for (int64_t channels : {inChannels, filter[3]})
    if (channels % groups)
      return mlir::emitError(argumentLoc(*this, "groups"))
             << "groups must divide the " << inChannels
             << " channels of the input and the " << filter[3]
             << " filters, but is " << groups;
  filter[2] = inChannels / groups;
  if (failed(refineParameter(*this, getFilter(), filter)))
    return failure();
  return inferSlidingFilter(*this, filter, filter[3]);
}

SmallVector<Value> Conv2DOp::buildGradients(OpBuilder &builder,
                                            ValueRange gradients) {
  Value dy = gradients[0];
  return {Conv2DBackwardDataOp::create(builder, getLoc(), getInput().getType(),
                                       dy, getFilter(), getStridesAttr(),
                                       getPaddingAttr(), getDilationsAttr(),
                                       getGroupsAttr()),
          Conv2DBackwardWeightsOp::create(builder, getLoc(),
                                          getFilter().getType(), getInput(), dy,
                                          getStridesAttr(), getPaddingAttr(),
                                          getDilationsAttr(), getGroupsAttr(),
                                          IntegerAttr())};
}

/// As a function of its operands it is a transposed convolution, whose adjoint
/// is the convolution.
SmallVector<Value> Conv2DBackwardDataOp::buildGradients(OpBuilder &builder,
                                                        ValueRange gradients) {
  Value dx = gradients[0];
  return {Conv2DOp::create(builder, getLoc(), getGradient().getType(), dx,
                           getFilter(), getStridesAttr(), getPaddingAttr(),
                           StringAttr(), getDilationsAttr(), getGroupsAttr()),
          Conv2DBackwardWeightsOp::create(
              builder, getLoc(), getFilter().getType(), dx, getGradient(),
              getStridesAttr(), getPaddingAttr(), getDilationsAttr(),
              getGroupsAttr(), IntegerAttr())};
}

//===- Depthwise ----------------------------------------------------------===//

LogicalResult DepthwiseConv2DOp::inferShapes() {
  if (failed(checkImage(*this, "DepthwiseConv2D")))
    return failure();
  SmallVector<int64_t> filter(rankedType(getFilter()).getShape());
  filter[2] = rankedType(getInput()).getDimSize(3);
  if (failed(refineParameter(*this, getFilter(), filter)))
    return failure();
  return inferSlidingFilter(*this, filter, filter[2] * filter[3]);
}

SmallVector<Value> DepthwiseConv2DOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void DepthwiseConv2DOp::decompose(RewriterBase &rewriter) {
  RankedTensorType filter = rankedType(getFilter());
  ArrayRef<int64_t> shape = filter.getShape();
  Value grouped = ReshapeOp::create(
      rewriter, getLoc(), getFilter(),
      filter.clone({shape[0], shape[1], 1, shape[2] * shape[3]}));
  rewriter.replaceOpWithNewOp<Conv2DOp>(
      *this, getType(), getInput(), grouped, getStridesAttr(), getPaddingAttr(),
      StringAttr(), getDilationsAttr(), rewriter.getI64IntegerAttr(shape[2]));
}

//===- Transposed ---------------------------------------------------------===//

LogicalResult Conv2DTransposeOp::inferShapes() {
  if (failed(checkImage(*this, "Conv2DTranspose")))
    return failure();
  if (!getAutoPadding()) {
    // Inferred before: several results can have the padding that was found.
    auto known = dyn_cast<RankedTensorType>(getResult().getType());
    return getPadding() && known && known.getRank() == 4
               ? success()
               : LogicalResult(emitOpError("needs auto_padding"));
  }
  RankedTensorType input = rankedType(getInput());
  SmallVector<int64_t> filter(rankedType(getFilter()).getShape());
  filter[3] = input.getDimSize(3);
  if (failed(refineParameter(*this, getFilter(), filter)))
    return failure();
  SmallVector<int64_t, 2> window =
      dilatedWindow(filter, getDilations().value_or(noDilation));
  bool same = getAutoPadding() == "same";
  SmallVector<int64_t> shape{input.getDimSize(0)}, padding;
  for (unsigned axis = 0; axis < 2; ++axis) {
    int64_t extent = input.getDimSize(axis + 1), stride = getStrides()[axis];
    int64_t covered = (extent - 1) * stride + window[axis], output = 0;
    if (std::optional<ArrayRef<int64_t>> extra = getOutputPadding())
      output = covered - (same ? window[axis] / 2 * 2 : 0) + (*extra)[axis];
    else if (same)
      output = extent * stride;
    else
      output = covered + std::max<int64_t>(stride - window[axis], 0);
    if (output < 1)
      return mlir::emitError(argumentLoc(*this, "output_padding"))
             << "the layer's output would be empty";
    int64_t cut = same ? std::max<int64_t>(covered - output, 0) : 0;
    padding.append({cut / 2, cut - cut / 2});
    shape.push_back(output);
  }
  shape.push_back(filter[2]);
  setPadding(padding);
  removeAutoPaddingAttr();
  removeOutputPaddingAttr();
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> Conv2DTransposeOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void Conv2DTransposeOp::decompose(RewriterBase &rewriter) {
  rewriter.replaceOpWithNewOp<Conv2DBackwardDataOp>(
      *this, getType(), getInput(), getFilter(), getStridesAttr(),
      getPaddingAttr(), getDilationsAttr(), IntegerAttr());
}

//===- Gradients and prepared filters -------------------------------------===//

/// The constraints of both gradients, which they number alike.
template <typename Op>
static LogicalResult verifyGradient(Op op, Value image, ArrayRef<int64_t> w,
                                    Value filter, Value gradient) {
  ArrayRef<int64_t> x = shapeOf(image), dy = shapeOf(gradient);
  int64_t groups = op.getGroups().value_or(1);
  if (x[3] % groups || dy[3] % groups)
    return violates(op, 1) << groups << " groups do not divide " << x[3]
                           << " and " << dy[3] << " channels";
  SmallVector<int64_t> needed(shapeOf(filter).drop_back(2));
  needed.append({x[3] / groups, dy[3]});
  if (failed(needsShape(op, 2, filter, needed)))
    return failure();
  if (x[0] != dy[0])
    return violates(op, 3) << "the batch differs in " << image.getType()
                           << " and " << gradient.getType();
  SmallVector<int64_t, 2> window =
      dilatedWindow(w, op.getDilations().value_or(noDilation));
  for (unsigned axis = 0; axis < 2; ++axis) {
    int64_t covered = (dy[axis + 1] - 1) * op.getStrides()[axis] + window[axis];
    int64_t padded =
        op.getPadding()[2 * axis] + x[axis + 1] + op.getPadding()[2 * axis + 1];
    if (covered > padded)
      return violates(op, 4)
             << "the windows of " << gradient.getType() << " cover " << covered
             << " elements, but the padded image has " << padded;
  }
  return success();
}

LogicalResult Conv2DBackwardDataOp::verify() {
  return verifyGradient(*this, getInputGradient(), shapeOf(getFilter()),
                        getFilter(), getGradient());
}

LogicalResult Conv2DBackwardWeightsOp::verify() {
  ArrayRef<int64_t> w = shapeOf(getFilterGradient());
  std::optional<uint64_t> slices = getSlices();
  if (w.size() != (slices ? 5 : 4) || (slices && w[0] != int64_t(*slices)))
    return violates(*this, 5)
           << getFilterGradient().getType() << " does not hold "
           << slices.value_or(1) << (slices ? " slices" : " filter");
  return verifyGradient(*this, getInput(), slices ? w.drop_front() : w,
                        getFilterGradient(), getGradient());
}

LogicalResult TransposeFilterOp::verify() {
  ArrayRef<int64_t> w = shapeOf(getFilter());
  return needsShape(*this, 1, getTransposed(), {w[0], w[1], w[3], w[2]});
}

static constexpr int64_t winogradFrequencies = 36; // F(4x4, 3x3)

LogicalResult WinogradFilterOp::verify() {
  ArrayRef<int64_t> w = shapeOf(getFilter());
  int64_t in = w[getTransposed() ? 3 : 2], out = w[getTransposed() ? 2 : 3];
  return failure(
      failed(needsShape(*this, 1, getFilter(), {3, 3, w[2], w[3]})) ||
      failed(needsShape(*this, 2, getFrequencies(),
                        {winogradFrequencies, in, out})));
}

LogicalResult WinogradConv2DOp::verify() {
  ArrayRef<int64_t> x = shapeOf(getInput()), u = shapeOf(getFilter()),
                    padding = getPadding();
  return failure(
      failed(needsShape(*this, 1, getFilter(),
                        {winogradFrequencies, x[3], u[2]})) ||
      failed(needsShape(*this, 2, getOutput(),
                        {x[0], x[1] + padding[0] + padding[1] - 2,
                         x[2] + padding[2] + padding[3] - 2, u[2]})));
}

LogicalResult PackFilterOp::verify() {
  ArrayRef<int64_t> w = shapeOf(getFilter()), p = shapeOf(getPacked());
  if (failed(needsShape(*this, 1, getFilter(), {1, 1, w[2], w[3]})))
    return failure();
  if (p[1] != w[2] || p[0] * p[2] != w[3])
    return violates(*this, 2) << getPacked().getType() << " does not hold the "
                              << "channels of " << getFilter().getType();
  return success();
}

LogicalResult PackedConv2DOp::verify() {
  ArrayRef<int64_t> x = shapeOf(getInput()), p = shapeOf(getFilter());
  return failure(
      failed(needsShape(*this, 1, getFilter(), {p[0], x[3], p[2]})) ||
      failed(
          needsShape(*this, 2, getOutput(), {x[0], x[1], x[2], p[0] * p[2]})));
}
