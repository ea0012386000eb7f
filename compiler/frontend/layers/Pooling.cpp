//===- Pooling.cpp - Pooling ----------------------------------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

//===- Windows ------------------------------------------------------------===//

static Value pool(LayerBuilder &layer, bool isMax, Value input,
                  llvm::ArrayRef<int64_t> window,
                  llvm::ArrayRef<int64_t> strides) {
  mlir::OpBuilder &builder = layer.getBuilder();
  mlir::DenseI64ArrayAttr windowAttr = builder.getDenseI64ArrayAttr(window);
  mlir::DenseI64ArrayAttr stridesAttr = builder.getDenseI64ArrayAttr(strides);
  const Setting &padding = layer.argument("padding");
  mlir::StringAttr word;
  mlir::DenseI64ArrayAttr border;
  if (padding.text.empty())
    border = builder.getDenseI64ArrayAttr(padding.extents);
  else
    word = builder.getStringAttr(padding.text);
  if (isMax)
    return layer.create<nn::MaxPool2DOp>(input, windowAttr, stridesAttr, border,
                                         word);
  return layer.create<nn::AvgPool2DOp>(input, windowAttr, stridesAttr, border,
                                       word, mlir::BoolAttr());
}

static Value poolImage(LayerBuilder &layer, bool isMax) {
  const Setting &window = layer.argument("pool_size");
  const Setting &strides = layer.argument("strides");
  const Setting &padding = layer.argument("padding");
  // A window over zeros alone would have no largest element and no mean.
  if (padding.text.empty())
    for (auto [side, border] : llvm::enumerate(padding.extents))
      if (border >= window.extents[side / 2])
        return layer.error(padding, "padding must be less than pool_size");
  return pool(layer, isMax, layer.getInput(), window.extents, strides.extents);
}

/// A sequence is an image of one row.
static Value poolSequence(LayerBuilder &layer, bool isMax) {
  const Setting &window = layer.argument("pool_size");
  const Setting &strides = layer.argument("strides");
  Value row = layer.expandDims(layer.getInput(), 1);
  return layer.squeeze(
      pool(layer, isMax, row, {1, window.integer}, {1, strides.integer}), 1);
}

static Value buildMaxPooling2D(LayerBuilder &layer) {
  return poolImage(layer, true);
}
static Value buildMaxPooling1D(LayerBuilder &layer) {
  return poolSequence(layer, true);
}
static Value buildAveragePooling2D(LayerBuilder &layer) {
  return poolImage(layer, false);
}
static Value buildAveragePooling1D(LayerBuilder &layer) {
  return poolSequence(layer, false);
}

//===- Whole images -------------------------------------------------------===//

static Value mean(LayerBuilder &layer, Value image, bool keepdims) {
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.create<nn::ReduceOp>(image, builder.getStringAttr("mean"),
                                    builder.getDenseI64ArrayAttr({1, 2}),
                                    builder.getBoolAttr(keepdims));
}

static Value largest(LayerBuilder &layer, Value image, bool keepdims) {
  return layer.create<nn::GlobalMaxPoolOp>(
      image, layer.getBuilder().getBoolAttr(keepdims));
}

using GlobalPool = Value(LayerBuilder &, Value, bool);

static Value poolWholeSequence(LayerBuilder &layer, GlobalPool pool) {
  bool keepdims = layer.argument("keepdims").flag;
  Value result = pool(layer, layer.expandDims(layer.getInput(), 1), keepdims);
  return keepdims ? layer.squeeze(result, 1) : result;
}

static Value buildGlobalAveragePooling2D(LayerBuilder &layer) {
  return mean(layer, layer.getInput(), layer.argument("keepdims").flag);
}
static Value buildGlobalAveragePooling1D(LayerBuilder &layer) {
  return poolWholeSequence(layer, mean);
}
static Value buildGlobalMaxPooling2D(LayerBuilder &layer) {
  return largest(layer, layer.getInput(), layer.argument("keepdims").flag);
}
static Value buildGlobalMaxPooling1D(LayerBuilder &layer) {
  return poolWholeSequence(layer, largest);
}

//===- Arguments ----------------------------------------------------------===//

static constexpr Argument imageArguments[] = {
    {.name = "pool_size",
     .kind = Kind::Pair,
     .fallback = "2",
     .doc = "height and width of the window",
     .range = windowRange},
    {.name = "strides",
     .kind = Kind::Pair,
     .fallback = none,
     .doc = "steps of the window; by default pool_size",
     .range = windowRange,
     .follows = "pool_size"},
    {.name = "padding",
     .kind = Kind::Padding,
     .fallback = "valid",
     .doc = "what happens at the image's border, which never counts; numbers "
            "are rows and columns: all sides, [height, width] or [[top, "
            "bottom], [left, right]]",
     .range = borderRange,
     .choices = paddings},
};

static constexpr Argument sequenceArguments[] = {
    {.name = "pool_size",
     .kind = Kind::Integer,
     .fallback = "2",
     .doc = "length of the window",
     .range = windowRange},
    {.name = "strides",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "steps of the window; by default pool_size",
     .range = windowRange,
     .follows = "pool_size"},
    {.name = "padding",
     .kind = Kind::Choice,
     .fallback = "valid",
     .doc = "what happens at the ends, beyond which nothing counts",
     .choices = paddings},
};

static constexpr Argument globalArguments[] = {keepdimsArgument()};

static constexpr Row rows[] = {
    {"MaxPooling2D", "max_pooling2d", "largest element of each window",
     "MaxPooling2D: {pool_size: 2}", imageArguments, buildMaxPooling2D},
    {"MaxPooling1D", "max_pooling1d", "the same of sequences",
     "MaxPooling1D: {pool_size: 2}", sequenceArguments, buildMaxPooling1D},
    {"AveragePooling2D", "average_pooling2d", "mean of each window",
     "AveragePooling2D: {pool_size: 2}", imageArguments, buildAveragePooling2D},
    {"AveragePooling1D", "average_pooling1d", "the same of sequences",
     "AveragePooling1D: {pool_size: 2}", sequenceArguments,
     buildAveragePooling1D},
    {"GlobalAveragePooling2D", "global_average_pooling2d",
     "mean of each channel of an image", "GlobalAveragePooling2D",
     globalArguments, buildGlobalAveragePooling2D},
    {"GlobalAveragePooling1D", "global_average_pooling1d",
     "mean of each channel of a sequence", "GlobalAveragePooling1D",
     globalArguments, buildGlobalAveragePooling1D},
    {"GlobalMaxPooling2D", "global_max_pooling2d",
     "largest element of each channel of an image", "GlobalMaxPooling2D",
     globalArguments, buildGlobalMaxPooling2D},
    {"GlobalMaxPooling1D", "global_max_pooling1d",
     "largest element of each channel of a sequence", "GlobalMaxPooling1D",
     globalArguments, buildGlobalMaxPooling1D},
};

llvm::ArrayRef<Row> lathe::frontend::poolingLayers() { return rows; }
