//===- Shaping.cpp - Reshaping, padding, resizing -------------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

//===- Order --------------------------------------------------------------===//

static Value buildFlatten(LayerBuilder &layer) {
  return layer.reshape(layer.getInput(), -1);
}

static Value buildReshape(LayerBuilder &layer) {
  return layer.reshape(layer.getInput(),
                       layer.argument("target_shape").extents);
}

static Value buildPermute(LayerBuilder &layer) {
  llvm::SmallVector<int64_t> permutation{0};
  llvm::append_range(permutation, layer.argument("dims").extents);
  return layer.create<nn::TransposeOp>(
      layer.getInput(), layer.getBuilder().getDenseI64ArrayAttr(permutation));
}

/// A sequence whose rows are all the input.
static Value buildRepeatVector(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  Value image = layer.reshape(layer.getInput(), {1, 1, -1});
  int64_t rows = layer.argument("n").integer;
  Value repeated = layer.create<nn::ResizeOp>(
      image, builder.getStringAttr("nearest"),
      builder.getDenseI64ArrayAttr({rows, 1}), mlir::DenseI64ArrayAttr());
  return layer.create<nn::SqueezeOp>(repeated, builder.getI64IntegerAttr(2));
}

//===- Borders ------------------------------------------------------------===//

/// `sides` holds before and after for each dimension between the batch and the
/// channels.
static Value pad(LayerBuilder &layer, llvm::ArrayRef<int64_t> sides, int sign) {
  llvm::SmallVector<int64_t> low{0}, high{0};
  for (size_t side = 0; side < sides.size(); side += 2) {
    low.push_back(sign * sides[side]);
    high.push_back(sign * sides[side + 1]);
  }
  low.push_back(0);
  high.push_back(0);
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.create<nn::PadOp>(layer.getInput(),
                                 builder.getDenseI64ArrayAttr(low),
                                 builder.getDenseI64ArrayAttr(high));
}

static Value buildZeroPadding(LayerBuilder &layer) {
  return pad(layer, layer.argument("padding").extents, 1);
}

static Value buildCropping(LayerBuilder &layer) {
  return pad(layer, layer.argument("cropping").extents, -1);
}

//===- Size ---------------------------------------------------------------===//

static Value resize(LayerBuilder &layer, Value image,
                    llvm::StringRef interpolation, llvm::ArrayRef<int64_t> size,
                    llvm::ArrayRef<int64_t> factors) {
  mlir::OpBuilder &builder = layer.getBuilder();
  auto extents = [&](llvm::ArrayRef<int64_t> values) {
    return values.empty() ? mlir::DenseI64ArrayAttr()
                          : builder.getDenseI64ArrayAttr(values);
  };
  return layer.create<nn::ResizeOp>(image, builder.getStringAttr(interpolation),
                                    extents(size), extents(factors));
}

static Value buildUpSampling2D(LayerBuilder &layer) {
  return resize(layer, layer.getInput(), layer.argument("interpolation").text,
                {}, layer.argument("size").extents);
}

static Value buildUpSampling1D(LayerBuilder &layer) {
  Value row = layer.expandDims(layer.getInput(), 1);
  return layer.squeeze(
      resize(layer, row, "nearest", {}, {1, layer.argument("size").integer}),
      1);
}

static Value buildResizing(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  llvm::StringRef interpolation = layer.argument("interpolation").text;
  int64_t size[] = {layer.argument("height").integer,
                    layer.argument("width").integer};
  const Setting &crops = layer.argument("crop_to_aspect_ratio"),
                &pads = layer.argument("pad_to_aspect_ratio");
  if (crops.flag && pads.flag)
    return layer.error(pads, "either crop_to_aspect_ratio or "
                             "pad_to_aspect_ratio, not both");
  const Setting &antialias = layer.argument("antialias");
  if (antialias.flag && (interpolation == "nearest" || interpolation == "area"))
    return layer.error(antialias, "interpolation " + interpolation.str() +
                                      " has no antialias; remove it");
  bool isBasic = interpolation == "nearest" ||
                 (interpolation == "bilinear" && !antialias.flag);
  if (!crops.flag && !pads.flag && isBasic)
    return resize(layer, layer.getInput(), interpolation, size, {});
  llvm::StringRef mode = crops.flag ? "crop" : pads.flag ? "pad" : "stretch";
  return layer.create<nn::FitImageOp>(
      layer.getInput(), builder.getStringAttr(mode),
      builder.getDenseI64ArrayAttr(size), builder.getStringAttr(interpolation),
      builder.getF64FloatAttr(layer.argument("fill_value").number),
      antialias.flag ? builder.getUnitAttr() : mlir::UnitAttr());
}

//===- Arguments ----------------------------------------------------------===//

static constexpr Argument reshapeArguments[] = {
    {.name = "target_shape",
     .kind = Kind::Extents,
     .fallback = required,
     .doc = "1 to 3 extents without the batch; one may be -1, which follows "
            "from the others",
     .range = {-1, 1 << 20}},
};

static constexpr Argument permuteArguments[] = {
    {.name = "dims",
     .kind = Kind::Extents,
     .fallback = required,
     .doc = "the input's dimensions in their new order, counted from 1",
     .range = {1, 3}},
};

static constexpr Argument repeatVectorArguments[] = {
    {.name = "n",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "number of rows",
     .range = extentRange},
};

static constexpr Argument zeroPadding2DArguments[] = {
    {.name = "padding",
     .kind = Kind::Border,
     .fallback = "1",
     .doc = "rows and columns of zeros",
     .range = borderRange},
};
static constexpr Argument zeroPadding1DArguments[] = {
    {.name = "padding",
     .kind = Kind::Sides,
     .fallback = "1",
     .doc = "zeros at the ends",
     .range = borderRange},
};
static constexpr Argument cropping2DArguments[] = {
    {.name = "cropping",
     .kind = Kind::Border,
     .fallback = "0",
     .doc = "rows and columns to cut off",
     .range = borderRange},
};
static constexpr Argument cropping1DArguments[] = {
    {.name = "cropping",
     .kind = Kind::Sides,
     .fallback = "1",
     .doc = "elements to cut off the ends",
     .range = borderRange},
};

static constexpr Choice interpolations[] = {
    {"nearest", "the closest pixel"},
    {"bilinear", "a mean of the four closest, by distance"},
};

static consteval Argument interpolation(llvm::StringLiteral fallback,
                                        bool byName) {
  return {.name = "interpolation",
          .kind = Kind::Choice,
          .fallback = fallback,
          .doc = "how pixels follow from the image's",
          .choices = interpolations,
          .byName = byName};
}

static constexpr Argument upSampling2DArguments[] = {
    {.name = "size",
     .kind = Kind::Pair,
     .fallback = "2",
     .doc = "factors of height and width",
     .range = windowRange},
    interpolation("nearest", /*byName=*/true),
};
static constexpr Argument upSampling1DArguments[] = {
    {.name = "size",
     .kind = Kind::Integer,
     .fallback = "2",
     .doc = "how often each element is repeated",
     .range = windowRange},
};
static constexpr Choice filters[] = {
    {"nearest", "the closest pixel"},
    {"bilinear", "a mean of the four closest, by distance"},
    {"bicubic", "a mean of the sixteen closest (Keys 1981, a = -1/2)"},
    {"area", "the mean of what a pixel covers"},
    {"lanczos3", "Lanczos's filter of radius 3"},
    {"lanczos5", "Lanczos's filter of radius 5"},
};
static constexpr Argument resizingArguments[] = {
    {.name = "height",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "rows of the result",
     .range = extentRange},
    {.name = "width",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "columns of the result",
     .range = extentRange},
    {.name = "interpolation",
     .kind = Kind::Choice,
     .fallback = "bilinear",
     .doc = "how pixels follow from the image's",
     .choices = filters},
    {.name = "crop_to_aspect_ratio",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "cut off what the result's aspect ratio has no room for"},
    {.name = "pad_to_aspect_ratio",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "put fill_value at two sides, and keep all of the image"},
    {.name = "fill_value",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "of pad_to_aspect_ratio",
     .byName = true},
    {.name = "antialias",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "wider filters when shrinking, so that every pixel counts; not "
            "with nearest and area. At the border, weights are divided by the "
            "sum of those inside, as in TensorFlow; data: {resize: bilinear} "
            "repeats the last pixel there",
     .byName = true},
};

static constexpr Row rows[] = {
    {"Flatten",
     "flatten",
     "all elements of an image in one row",
     "Flatten",
     {},
     buildFlatten},
    {"Reshape", "reshape", "the same elements, row by row, in another shape",
     "Reshape: {target_shape: [-1, 16]}", reshapeArguments, buildReshape},
    {"Permute", "permute", "dimensions in another order",
     "Permute: {dims: [2, 1, 3]}", permuteArguments, buildPermute},
    {"RepeatVector", "repeat_vector",
     "a sequence whose rows are the flat input", "RepeatVector: {n: 3}",
     repeatVectorArguments, buildRepeatVector},
    {"ZeroPadding2D", "zero_padding2d", "zeros around an image",
     "ZeroPadding2D: {padding: [[0, 1], [0, 1]]}", zeroPadding2DArguments,
     buildZeroPadding},
    {"ZeroPadding1D", "zero_padding1d", "zeros around a sequence",
     "ZeroPadding1D: {padding: [0, 1]}", zeroPadding1DArguments,
     buildZeroPadding},
    {"Cropping2D", "cropping2d", "an image without its border",
     "Cropping2D: {cropping: 2}", cropping2DArguments, buildCropping},
    {"Cropping1D", "cropping1d", "a sequence without its ends",
     "Cropping1D: {cropping: [0, 1]}", cropping1DArguments, buildCropping},
    {"UpSampling2D", "up_sampling2d", "an image some times as large",
     "UpSampling2D: {size: 2, interpolation: bilinear}", upSampling2DArguments,
     buildUpSampling2D},
    {"UpSampling1D", "up_sampling1d", "a sequence some times as long",
     "UpSampling1D: {size: 2}", upSampling1DArguments, buildUpSampling1D},
    {"Resizing", "resizing", "an image of another height and width",
     "Resizing: {height: 24, width: 24}", resizingArguments, buildResizing},
};

llvm::ArrayRef<Row> lathe::frontend::shapingLayers() { return rows; }
