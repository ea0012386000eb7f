//===- Pictures.cpp - Pictures before the network sees them --------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"
#include "dialects/nn/Verify.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace lathe::nn;

/// An error at the layer unless its input is an image.
static LogicalResult checkImage(Operation *op, RankedTensorType input) {
  if (input.getRank() == 4)
    return success();
  return mlir::emitError(argumentLoc(op, ""))
         << "the layer needs an image (height x width x channels), but its "
            "input has shape "
         << describeShape(input);
}

/// The same unless it has three channels.
static LogicalResult checkColors(Operation *op, RankedTensorType input) {
  if (failed(checkImage(op, input)))
    return failure();
  if (input.getDimSize(3) == 3)
    return success();
  return mlir::emitError(argumentLoc(op, ""))
         << "the layer needs three colours, but its input has shape "
         << describeShape(input);
}

//===- Another size -------------------------------------------------------===//

/// Images of the height and width that the operation names.
template <typename Op>
static LogicalResult inferNamedSize(Op op) {
  RankedTensorType input = rankedType(op.getInput());
  if (failed(checkImage(op, input)))
    return failure();
  op.getResult().setType(input.clone({input.getDimSize(0), op.getSize()[0],
                                      op.getSize()[1], input.getDimSize(3)}));
  return success();
}

LogicalResult FitImageOp::inferShapes() {
  StringRef filter = getInterpolation();
  if (getAntialias() && (filter == "nearest" || filter == "area"))
    return violates(*this, 1) << "'" << filter << "' has no antialias";
  return inferNamedSize(*this);
}

SmallVector<Value> FitImageOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

namespace {
/// Height and width.
struct Extents {
  int64_t height, width;
};
} // namespace

/// The largest part of an image, or the smallest image around it, that has the
/// aspect ratio of `to`.
static Extents atAspectRatio(Extents image, Extents to, bool isPart) {
  int64_t height = image.width * to.height / to.width,
          width = image.height * to.width / to.height;
  if (!isPart)
    return {std::max(image.height, height), std::max(image.width, width)};
  auto within = [](int64_t extent, int64_t most) {
    return std::clamp<int64_t>(extent, 1, most);
  };
  return {within(height, image.height), within(width, image.width)};
}

/// Zeros around an image, or its border cut off, such that it has this size; it
/// may lack a row or column to be padded evenly.
static Value padTo(OpBuilder &builder, Location loc, Value image, Extents to) {
  RankedTensorType type = rankedType(image);
  SmallVector<int64_t> low(4), high(4), shape(type.getShape());
  for (auto [axis, extent] :
       {std::pair(1, to.height), std::pair(2, to.width)}) {
    // Keras cuts off the smaller half first, and adds it twice.
    int64_t more = extent - shape[axis];
    low[axis] = more / 2;
    high[axis] = more > 0 ? low[axis] : more - low[axis];
    shape[axis] += low[axis] + high[axis];
  }
  return PadOp::create(builder, loc, type.clone(shape), image,
                       builder.getDenseI64ArrayAttr(low),
                       builder.getDenseI64ArrayAttr(high));
}

static Value shifted(OpBuilder &builder, Location loc, Value x, double offset) {
  if (offset == 0)
    return x;
  return ScaleOp::create(builder, loc, x.getType(), x,
                         builder.getF64FloatAttr(1.0),
                         builder.getF64FloatAttr(offset));
}

static Value reshaped(OpBuilder &builder, Location loc, Value x,
                      ArrayRef<int64_t> shape) {
  RankedTensorType type = rankedType(x);
  return ReshapeOp::create(builder, loc, x, type.clone(shape));
}

/// Rows are columns, and columns rows.
static Value transposed(OpBuilder &builder, Location loc, Value image) {
  SmallVector<int64_t> shape(rankedType(image).getShape());
  std::swap(shape[1], shape[2]);
  return TransposeOp::create(builder, loc, rankedType(image).clone(shape),
                             image, ArrayRef<int64_t>{0, 2, 1, 3});
}

static Value filtered(OpBuilder &builder, FitImageOp op, Value image,
                      unsigned axis, int64_t size) {
  SmallVector<int64_t> shape(rankedType(image).getShape());
  shape[axis] = size;
  return ResampleOp::create(
      builder, op.getLoc(), rankedType(image).clone(shape), image,
      builder.getI64IntegerAttr(axis), builder.getI64IntegerAttr(size),
      op.getInterpolationAttr(), op.getAntialiasAttr());
}

/// Rows are filtered alike in all columns, which are channels there.
static Value filterRows(OpBuilder &builder, FitImageOp op, Value image,
                        int64_t size) {
  SmallVector<int64_t> shape(rankedType(image).getShape());
  if (shape[1] == size)
    return image;
  Location loc = op.getLoc();
  image = reshaped(builder, loc, image,
                   {shape[0], shape[1], 1, shape[2] * shape[3]});
  image = filtered(builder, op, image, 1, size);
  shape[1] = size;
  return reshaped(builder, loc, image, shape);
}

/// A picture's few channels make no vectors: its columns become rows.
static Value filterColumns(OpBuilder &builder, FitImageOp op, Value image,
                           int64_t size) {
  constexpr int64_t mostOfPictures = 4;
  if (rankedType(image).getDimSize(2) == size)
    return image;
  if (rankedType(image).getDimSize(3) > mostOfPictures)
    return filtered(builder, op, image, 2, size);
  image = transposed(builder, op.getLoc(), image);
  image = filterRows(builder, op, image, size);
  return transposed(builder, op.getLoc(), image);
}

/// Rows first where they become fewer.
static Value resampled(OpBuilder &builder, FitImageOp op, Value image) {
  int64_t height = op.getSize()[0], width = op.getSize()[1];
  if (height < rankedType(image).getDimSize(1))
    image = filterRows(builder, op, image, height);
  image = filterColumns(builder, op, image, width);
  return filterRows(builder, op, image, height);
}

void FitImageOp::decompose(RewriterBase &rewriter) {
  Location loc = getLoc();
  RankedTensorType input = rankedType(getInput());
  Extents image{input.getDimSize(1), input.getDimSize(2)},
      size{getSize()[0], getSize()[1]};
  bool pads = getMode() == "pad";
  bool isCut = getMode() == "center" && size.height <= image.height &&
               size.width <= image.width;
  Value x = getInput();
  if (getMode() != "stretch") {
    double fill = pads ? getFillValue().convertToDouble() : 0;
    Extents part = isCut ? size : atAspectRatio(image, size, !pads);
    x = shifted(rewriter, loc, x, -fill);
    x = shifted(rewriter, loc, padTo(rewriter, loc, x, part), fill);
  }
  StringRef filter = getInterpolation();
  if (filter != "nearest" && (filter != "bilinear" || getAntialias()))
    return rewriter.replaceOp(*this, resampled(rewriter, *this, x));
  rewriter.replaceOpWithNewOp<ResizeOp>(*this, getType(), x,
                                        getInterpolationAttr(), getSizeAttr(),
                                        DenseI64ArrayAttr());
}

LogicalResult RandomWindowOp::inferShapes() { return inferNamedSize(*this); }

SmallVector<Value> RandomWindowOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("in its training form before gradients are taken");
}

static void fitInstead(RandomWindowOp op, RewriterBase &rewriter,
                       StringRef mode) {
  auto fit = FitImageOp::create(rewriter, op.getLoc(), op.getType(),
                                op.getInput(), mode, op.getSize(), "bilinear",
                                llvm::APFloat(0.0), /*antialias=*/false);
  rewriter.replaceOp(op, fit.getResult());
  rewriter.setInsertionPoint(fit);
  fit.decompose(rewriter);
}

void RandomWindowOp::toInference(RewriterBase &rewriter) {
  fitInstead(*this, rewriter, "crop");
}

void RandomWindowOp::toTraining(RewriterBase &rewriter) {
  fitInstead(*this, rewriter, "center");
}

//===- Formulas -----------------------------------------------------------===//

LogicalResult PrepareOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  bool isGrey = getFunction() == "grayscale";
  if (failed(isGrey ? checkColors(*this, input) : checkImage(*this, input)))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  if (isGrey)
    shape[3] = int64_t(getNumbers()[0]);
  getResult().setType(input.clone(shape));
  return success();
}

SmallVector<Value> PrepareOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

namespace {
/// Writes the formulas, operation by operation.
class Formula {
public:
  Formula(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constants(ArrayRef<float> values) {
    SmallVector<int64_t> shape;
    if (values.size() > 1)
      shape.push_back(int64_t(values.size()));
    return ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(
            RankedTensorType::get(shape, builder.getF32Type()), values));
  }
  Value constant(double value) { return constants(float(value)); }

  /// a ∘ b, b broadcast.
  template <typename OpTy>
  Value pair(Value a, Value b) {
    return OpTy::create(builder, loc, a.getType(), a, b);
  }
  Value minus(Value a, Value b) { return pair<SubtractOp>(a, b); }
  Value times(Value a, Value b) { return pair<MultiplyOp>(a, b); }
  Value scale(Value x, double factor, double offset = 0) {
    return ScaleOp::create(builder, loc, x.getType(), x,
                           builder.getF64FloatAttr(factor),
                           builder.getF64FloatAttr(offset));
  }
  Value clip(Value x, double low, double high) {
    return pair<MinimumOp>(pair<MaximumOp>(x, constant(low)), constant(high));
  }
  Value math(Value x, StringRef function) {
    return MathOp::create(builder, loc, x.getType(), x, function);
  }
  Value divide(Value a, Value b) {
    return CombineOp::create(builder, loc, a.getType(), a, b, "divide");
  }
  /// a > b ? yes : no, all of the first one's shape or broadcast to it.
  Value where(Value a, StringRef predicate, Value b, Value yes, Value no) {
    Type truths = rankedType(a).clone(builder.getIntegerType(8, false));
    Value holds = CompareOp::create(builder, loc, truths, a, b, predicate);
    return SelectOp::create(builder, loc, a.getType(), holds, yes, no);
  }
  Value reduce(Value x, StringRef function, ArrayRef<int64_t> axes) {
    SmallVector<int64_t> shape(rankedType(x).getShape());
    for (int64_t axis : axes)
      shape[axis] = 1;
    return ReduceOp::create(builder, loc, rankedType(x).clone(shape), x,
                            builder.getStringAttr(function),
                            builder.getDenseI64ArrayAttr(axes),
                            builder.getBoolAttr(true));
  }
  /// The largest element of each channel of an image.
  Value largest(Value x) {
    RankedTensorType type = rankedType(x);
    auto window = builder.getDenseI64ArrayAttr(type.getShape().slice(1, 2));
    return MaxPool2DOp::create(
        builder, loc,
        type.clone({type.getDimSize(0), 1, 1, type.getDimSize(3)}), x, window,
        window, builder.getDenseI64ArrayAttr({0, 0, 0, 0}), StringAttr());
  }

private:
  OpBuilder &builder;
  Location loc;
};

Value autoContrast(Formula &f, Value x, double low, double high) {
  Value most = f.largest(x), least = f.scale(f.largest(f.scale(x, -1)), -1);
  Value range = f.minus(most, least), zero = f.constant(0);
  // A channel of one value stays as it is: it is `least`, plus nothing.
  Value span = f.where(range, "gt", zero, f.constant(high - low), zero);
  Value base = f.where(range, "gt", zero, f.constant(low), least);
  Value divisor = f.where(range, "gt", zero, range, f.constant(1));
  Value stretched = f.times(f.minus(x, least), f.divide(span, divisor));
  return f.pair<AddOp>(stretched, base);
}

Value grayscale(Formula &f, Value x) {
  return f.reduce(f.times(x, f.constants({0.299f, 0.587f, 0.114f})), "sum",
                  {3});
}

Value posterize(Formula &f, Value x, int64_t bits, double low, double high) {
  double levels = 255 / (high - low), step = std::ldexp(1.0, int(8 - bits));
  Value level = f.clip(f.scale(x, levels, -low * levels), 0, 255);
  Value kept = f.math(f.scale(level, 1 / step), "floor");
  return f.scale(kept, step / levels, low);
}

Value solarize(Formula &f, Value x, double addition, double threshold,
               double low, double high) {
  Value u = f.clip(f.scale(x, 1, addition * (high - low)), low, high);
  return f.where(u, "lt", f.constant(low + threshold * (high - low)), u,
                 f.scale(u, -1, low + high));
}

Value standardize(Formula &f, Value x) {
  double count = 1;
  for (int64_t extent : rankedType(x).getShape().drop_front())
    count *= double(extent);
  Value centred = f.minus(x, f.reduce(x, "mean", {1, 2, 3}));
  Value variance = f.reduce(f.times(centred, centred), "mean", {1, 2, 3});
  Value deviation = f.pair<MaximumOp>(f.math(variance, "sqrt"),
                                      f.constant(1 / std::sqrt(count)));
  return f.times(centred, f.math(deviation, "reciprocal"));
}
} // namespace

void PrepareOp::decompose(RewriterBase &rewriter) {
  Formula f(rewriter, getLoc());
  Value x = getInput();
  StringRef function = getFunction();
  ArrayRef<double> p = getNumbers();
  double low = getLow().convertToDouble(), high = getHigh().convertToDouble();
  if (function == "auto_contrast") {
    x = autoContrast(f, x, low, high);
  } else if (function == "grayscale") {
    x = grayscale(f, x);
    if (p[0] == 3)
      x = BroadcastOp::create(rewriter, getLoc(), getType(), x);
  } else if (function == "posterize") {
    x = posterize(f, x, int64_t(p[0]), low, high);
  } else if (function == "solarize") {
    x = solarize(f, x, p[0], p[1], low, high);
  } else {
    x = standardize(f, x);
  }
  rewriter.replaceOp(*this, x);
}

//===- Colours and tones --------------------------------------------------===//

LogicalResult ConvertColorOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  bool isGrey = input.getRank() == 4 && input.getDimSize(3) == 1;
  if (!isGrey && failed(checkColors(*this, input)))
    return failure();
  getResult().setType(input);
  return success();
}

void ConvertColorOp::decompose(RewriterBase &rewriter) {
  RankedTensorType input = rankedType(getInput());
  if (input.getDimSize(3) != 1)
    return;
  double low = getLow().convertToDouble(),
         levels = 255 / (getHigh().convertToDouble() - low);
  Formula f(rewriter, getLoc());
  rewriter.replaceOp(*this, getTo() == "lab"
                                ? f.scale(getInput(), levels, -low * levels)
                                : f.scale(getInput(), 1 / levels, low));
}

LogicalResult ToneCurvesOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (failed(checkImage(*this, input)))
    return failure();
  ArrayRef<int64_t> tiles = getTiles();
  for (int axis : {0, 1})
    if (tiles[axis] > 1 && 2 * tiles[axis] > input.getDimSize(1 + axis))
      return mlir::emitError(argumentLoc(*this, "tile_grid_size"))
             << tiles[0] << " x " << tiles[1]
             << " tiles are too many for an image of " << input.getDimSize(1)
             << " x " << input.getDimSize(2) << ": a tile needs 2 x 2 pixels";
  if (input.getDimSize(1) * input.getDimSize(2) > 1 << 24)
    return mlir::emitError(argumentLoc(*this, ""))
           << "an image of more than 2^24 pixels cannot be counted";
  int64_t channels = getFirstChannel() ? 1 : input.getDimSize(3);
  getResult().setType(input.clone({input.getDimSize(0), tiles[0] * tiles[1],
                                   channels, int64_t(getBins())}));
  return success();
}

LogicalResult ApplyCurvesOp::inferShapes() {
  RankedTensorType input = rankedType(getInput()),
                   curves = rankedType(getCurves());
  if (failed(checkImage(*this, input)))
    return failure();
  if (curves.getRank() != 4 || curves.getDimSize(0) != input.getDimSize(0) ||
      curves.getDimSize(1) != getTiles()[0] * getTiles()[1] ||
      curves.getDimSize(2) > input.getDimSize(3))
    return emitOpError("needs curves of each tile of each image");
  getResult().setType(input);
  return success();
}
