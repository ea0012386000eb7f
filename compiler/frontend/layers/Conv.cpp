//===- Conv.cpp - Convolutions --------------------------------------------===//
#include "compiler/frontend/layers/Layers.h"
#include "dialects/nn/Limits.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

//===- What they share ----------------------------------------------------===//

namespace {
/// Strides, padding and dilations as the operations take them.
struct Steps {
  mlir::DenseI64ArrayAttr strides, padding, dilations;
  mlir::StringAttr autoPadding;
};
} // namespace

static bool isOne(llvm::ArrayRef<int64_t> extents) {
  return llvm::all_of(extents, [](int64_t extent) { return extent == 1; });
}

static Steps stepsOf(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  const Setting &padding = layer.argument("padding");
  const Setting &dilations = layer.argument("dilation_rate");
  Steps steps;
  steps.strides =
      builder.getDenseI64ArrayAttr(layer.argument("strides").extents);
  if (padding.text.empty())
    steps.padding = builder.getDenseI64ArrayAttr(padding.extents);
  else
    steps.autoPadding = builder.getStringAttr(padding.text);
  if (!isOne(dilations.extents))
    steps.dilations = builder.getDenseI64ArrayAttr(dilations.extents);
  return steps;
}

/// Keras's library refuses the combination, and so do we.
static bool checkSteps(LayerBuilder &layer) {
  const Setting &dilations = layer.argument("dilation_rate");
  if (isOne(dilations.extents) || isOne(layer.argument("strides").extents))
    return true;
  layer.error(dilations, "dilation_rate and strides cannot both be above 1");
  return false;
}

/// The product of the filter's known extents.
static bool checkFilter(LayerBuilder &layer, llvm::ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t extent : shape)
    elements *= extent == unknown ? 1 : extent;
  if (elements <= nn::maxElements)
    return true;
  layer.error(layer.argument("kernel_size"),
              llvm::Twine("the layer's weights have ") + nn::tooManyElements);
  return false;
}

static mlir::IntegerAttr groupsOf(LayerBuilder &layer) {
  int64_t groups = layer.argument("groups").integer;
  return groups == 1 ? mlir::IntegerAttr()
                     : layer.getBuilder().getI64IntegerAttr(groups);
}

//===- Builders -----------------------------------------------------------===//

static Value buildConv2D(LayerBuilder &layer) {
  llvm::ArrayRef<int64_t> window = layer.argument("kernel_size").extents;
  int64_t filters = layer.argument("filters").integer;
  int64_t shape[] = {window[0], window[1], unknown, filters};
  if (!checkFilter(layer, shape) || !checkSteps(layer))
    return {};
  Value kernel = layer.parameter("kernel", shape);
  if (!kernel)
    return {};
  Steps steps = stepsOf(layer);
  return layer.finish(
      layer.create<nn::Conv2DOp>(layer.getInput(), kernel, steps.strides,
                                 steps.padding, steps.autoPadding,
                                 steps.dilations, groupsOf(layer)),
      filters);
}

/// An image of one row.
static Value buildConv1D(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  int64_t filters = layer.argument("filters").integer;
  int64_t stride = layer.argument("strides").integer;
  int64_t dilation = layer.argument("dilation_rate").integer;
  int64_t shape[] = {layer.argument("kernel_size").integer, unknown, filters};
  if (!checkFilter(layer, shape))
    return {};
  if (stride > 1 && dilation > 1)
    return layer.error(layer.argument("dilation_rate"),
                       "dilation_rate and strides cannot both be above 1");
  Value kernel = layer.parameter("kernel", shape);
  if (!kernel)
    return {};
  Value row = layer.expandDims(layer.getInput(), 1);
  Value result = layer.create<nn::Conv2DOp>(
      row, layer.expandDims(kernel, 0),
      builder.getDenseI64ArrayAttr({1, stride}), mlir::DenseI64ArrayAttr(),
      builder.getStringAttr(layer.argument("padding").text),
      dilation > 1 ? builder.getDenseI64ArrayAttr({1, dilation})
                   : mlir::DenseI64ArrayAttr(),
      groupsOf(layer));
  return layer.finish(layer.squeeze(result, 1), filters);
}

static Value depthwise(LayerBuilder &layer, llvm::StringRef name) {
  llvm::ArrayRef<int64_t> window = layer.argument("kernel_size").extents;
  int64_t shape[] = {window[0], window[1], unknown,
                     layer.argument("depth_multiplier").integer};
  if (!checkFilter(layer, shape) || !checkSteps(layer))
    return {};
  Value kernel = layer.parameter(name, shape, "depthwise");
  if (!kernel)
    return {};
  Steps steps = stepsOf(layer);
  return layer.create<nn::DepthwiseConv2DOp>(
      layer.getInput(), kernel, steps.strides, steps.padding, steps.autoPadding,
      steps.dilations);
}

static Value buildDepthwiseConv2D(LayerBuilder &layer) {
  Value result = depthwise(layer, "kernel");
  return result ? layer.finish(result, unknown) : result;
}

static Value buildSeparableConv2D(LayerBuilder &layer) {
  Value channels = depthwise(layer, "depthwise_kernel");
  if (!channels)
    return {};
  int64_t filters = layer.argument("filters").integer;
  Value kernel = layer.parameter("pointwise_kernel", {1, 1, unknown, filters},
                                 "pointwise");
  if (!kernel)
    return {};
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.finish(
      layer.create<nn::Conv2DOp>(
          channels, kernel, builder.getDenseI64ArrayAttr({1, 1}),
          builder.getDenseI64ArrayAttr({0, 0, 0, 0}), mlir::StringAttr(),
          mlir::DenseI64ArrayAttr(), mlir::IntegerAttr()),
      filters);
}

static Value buildConv2DTranspose(LayerBuilder &layer) {
  llvm::ArrayRef<int64_t> window = layer.argument("kernel_size").extents;
  int64_t filters = layer.argument("filters").integer;
  int64_t shape[] = {window[0], window[1], filters, unknown};
  if (!checkFilter(layer, shape) || !checkSteps(layer))
    return {};
  const Setting &extra = layer.argument("output_padding");
  for (unsigned axis = 0; extra.written && axis < 2; ++axis)
    if (extra.extents[axis] >= layer.argument("strides").extents[axis])
      return layer.error(extra, "output_padding must be less than strides");
  Value kernel = layer.parameter("kernel", shape);
  if (!kernel)
    return {};
  Steps steps = stepsOf(layer);
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.finish(layer.create<nn::Conv2DTransposeOp>(
                          layer.getInput(), kernel, steps.strides,
                          steps.padding, steps.autoPadding, steps.dilations,
                          extra.written
                              ? builder.getDenseI64ArrayAttr(extra.extents)
                              : mlir::DenseI64ArrayAttr()),
                      filters);
}

//===- Arguments ----------------------------------------------------------===//

static constexpr Argument filters{.name = "filters",
                                  .kind = Kind::Integer,
                                  .fallback = required,
                                  .doc = "number of output channels",
                                  .range = extentRange};

static consteval Argument windowArgument(llvm::StringLiteral name, Kind kind,
                                         llvm::StringLiteral fallback,
                                         llvm::StringLiteral doc,
                                         bool byName = false) {
  return {.name = name,
          .kind = kind,
          .fallback = fallback,
          .doc = doc,
          .range = windowRange,
          .byName = byName};
}

static constexpr Argument kernelSize = windowArgument(
    "kernel_size", Kind::Pair, required, "height and width of the window");
static constexpr Argument strides =
    windowArgument("strides", Kind::Pair, "1", "steps of the window");
static constexpr Argument dilationRate =
    windowArgument("dilation_rate", Kind::Pair, "1",
                   "distance of neighbouring elements of the window", true);
static constexpr Argument padding{
    .name = "padding",
    .kind = Kind::Padding,
    .fallback = "valid",
    .doc = "what happens at the image's border; numbers are rows and columns "
           "of zeros: all sides, [height, width] or [[top, bottom], [left, "
           "right]]",
    .range = borderRange,
    .choices = paddings};
static constexpr Argument wordPadding{.name = "padding",
                                      .kind = Kind::Choice,
                                      .fallback = "valid",
                                      .doc = "what happens at the border",
                                      .choices = paddings};
static constexpr Argument groups{
    .name = "groups",
    .kind = Kind::Integer,
    .fallback = "1",
    .doc = "groups of channels that are convolved by themselves",
    .range = extentRange};
static constexpr Argument depthMultiplier{.name = "depth_multiplier",
                                          .kind = Kind::Integer,
                                          .fallback = "1",
                                          .doc = "filters of each channel",
                                          .range = extentRange};
static constexpr Argument depthwiseInitializer =
    initializerArgument("depthwise_initializer", "glorot_uniform",
                        "first values of the filter of each channel");
static constexpr Argument depthwiseRegularizer =
    regularizerArgument("depthwise_regularizer");

static constexpr Argument conv2DArguments[] = {
    filters,           kernelSize,      strides,           padding,
    dilationRate,      groups,          activation,        useBias,
    kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer,
};

static constexpr Argument conv1DArguments[] = {
    filters,
    windowArgument("kernel_size", Kind::Integer, required,
                   "length of the window"),
    windowArgument("strides", Kind::Integer, "1", "steps of the window"),
    wordPadding,
    windowArgument("dilation_rate", Kind::Integer, "1",
                   "distance of neighbouring elements of the window", true),
    groups,
    activation,
    useBias,
    kernelInitializer,
    biasInitializer,
    kernelRegularizer,
    biasRegularizer,
};

static constexpr Argument depthwiseConv2DArguments[] = {
    kernelSize,      strides,
    padding,         depthMultiplier,
    dilationRate,    activation,
    useBias,         depthwiseInitializer,
    biasInitializer, depthwiseRegularizer,
    biasRegularizer,
};

static constexpr Argument separableConv2DArguments[] = {
    filters,
    kernelSize,
    strides,
    padding,
    dilationRate,
    depthMultiplier,
    activation,
    useBias,
    depthwiseInitializer,
    initializerArgument("pointwise_initializer", "glorot_uniform",
                        "first values of the product's weights"),
    biasInitializer,
    depthwiseRegularizer,
    regularizerArgument("pointwise_regularizer"),
    biasRegularizer,
};

static constexpr Argument conv2DTransposeArguments[] = {
    filters,
    kernelSize,
    strides,
    {.name = "padding",
     .kind = Kind::Choice,
     .fallback = "valid",
     .doc = "valid: the windows cover the result; same: extent * stride",
     .choices = paddings},
    {.name = "output_padding",
     .kind = Kind::Pair,
     .fallback = none,
     .doc = "rows and columns more, less than strides; by default what padding "
            "says",
     .range = borderRange,
     .byName = true},
    dilationRate,
    activation,
    useBias,
    kernelInitializer,
    biasInitializer,
    kernelRegularizer,
    biasRegularizer,
};

static constexpr Row rows[] = {
    {"Conv2D", "conv2d", "2D convolution of images",
     "Conv2D: {filters: 32, kernel_size: 3, activation: relu}", conv2DArguments,
     buildConv2D},
    {"Conv1D", "conv1d", "1D convolution of sequences",
     "Conv1D: {filters: 32, kernel_size: 3, padding: same}", conv1DArguments,
     buildConv1D},
    {"DepthwiseConv2D", "depthwise_conv2d",
     "2D convolution of each channel by itself",
     "DepthwiseConv2D: {kernel_size: 3, padding: same}",
     depthwiseConv2DArguments, buildDepthwiseConv2D},
    {"SeparableConv2D", "separable_conv2d",
     "DepthwiseConv2D, then a product of the channels",
     "SeparableConv2D: {filters: 32, kernel_size: 3}", separableConv2DArguments,
     buildSeparableConv2D},
    {"Conv2DTranspose", "conv2d_transpose", "transposed 2D convolution",
     "Conv2DTranspose: {filters: 16, kernel_size: 3, strides: 2, padding: "
     "same}",
     conv2DTransposeArguments, buildConv2DTranspose},
};

llvm::ArrayRef<Row> lathe::frontend::convolutionLayers() { return rows; }
