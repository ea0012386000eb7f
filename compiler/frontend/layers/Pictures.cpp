//===- Pictures.cpp - Pictures before the network sees them --------------===//
#include "compiler/frontend/ValueRange.h"
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;
using llvm::APFloat;
using mlir::Value;

namespace {

/// Nothing after an error.
std::optional<Interval> valueRange(LayerBuilder &layer) {
  const Setting &argument = layer.argument("value_range");
  std::optional<Interval> range = valueRangeOf(argument);
  if (!range)
    layer.error(argument, noValueRange);
  return range;
}

Value prepare(LayerBuilder &layer, llvm::StringRef function,
              llvm::ArrayRef<double> numbers = {}, Interval range = {0, 255}) {
  return layer.create<nn::PrepareOp>(layer.getInput(), function, numbers,
                                     APFloat(range.low), APFloat(range.high));
}

Value buildCenterCrop(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.create<nn::FitImageOp>(
      layer.getInput(), builder.getStringAttr("center"),
      builder.getDenseI64ArrayAttr(
          {layer.argument("height").integer, layer.argument("width").integer}),
      builder.getStringAttr("bilinear"), builder.getF64FloatAttr(0),
      mlir::UnitAttr());
}

Value buildGrayscale(LayerBuilder &layer) {
  const Setting &channels = layer.argument("output_channels");
  if (channels.integer == 2)
    return layer.error(channels, "output_channels is 1 or 3");
  return prepare(layer, "grayscale", double(channels.integer));
}

Value buildSolarization(LayerBuilder &layer) {
  std::optional<Interval> range = valueRange(layer);
  return range ? prepare(layer, "solarize",
                         {layer.argument("addition_factor").number,
                          layer.argument("threshold_factor").number},
                         *range)
               : Value();
}

Value buildPosterization(LayerBuilder &layer) {
  std::optional<Interval> range = valueRange(layer);
  return range ? prepare(layer, "posterize",
                         double(layer.argument("bits").integer), *range)
               : Value();
}

Value buildAutoContrast(LayerBuilder &layer) {
  std::optional<Interval> range = valueRange(layer);
  return range ? prepare(layer, "auto_contrast", {}, *range) : Value();
}

Value buildStandardization(LayerBuilder &layer) {
  return prepare(layer, "standardize");
}

//===- Tones --------------------------------------------------------------===//

constexpr int64_t wholeImage[] = {1, 1};

/// How histograms become tones.
struct Tones {
  llvm::StringRef method;
  llvm::ArrayRef<int64_t> tiles;
  int64_t bins = 256;
  double clipLimit = 0;
  bool firstChannel = false;
};

Value applyTones(LayerBuilder &layer, Value image, const Tones &tones,
                 Interval range) {
  mlir::OpBuilder &builder = layer.getBuilder();
  mlir::StringAttr method = builder.getStringAttr(tones.method);
  mlir::DenseI64ArrayAttr tiles = builder.getDenseI64ArrayAttr(tones.tiles);
  mlir::FloatAttr low = builder.getF64FloatAttr(range.low),
                  high = builder.getF64FloatAttr(range.high);
  Value curves = layer.create<nn::ToneCurvesOp>(
      image, method, tiles, builder.getI64IntegerAttr(tones.bins),
      builder.getF64FloatAttr(tones.clipLimit),
      tones.firstChannel ? builder.getUnitAttr() : mlir::UnitAttr(), low, high);
  return layer.create<nn::ApplyCurvesOp>(image, curves, method, tiles, low,
                                         high);
}

Value buildEqualization(LayerBuilder &layer) {
  std::optional<Interval> range = valueRange(layer);
  if (!range)
    return {};
  return applyTones(layer, layer.getInput(),
                    {.method = "equalize",
                     .tiles = wholeImage,
                     .bins = layer.argument("bins").integer},
                    *range);
}

Value buildKerasClahe(LayerBuilder &layer) {
  std::optional<Interval> range = valueRange(layer);
  if (!range)
    return {};
  return applyTones(layer, layer.getInput(),
                    {.method = "clahe_keras",
                     .tiles = layer.argument("tile_grid_size").extents,
                     .clipLimit = layer.argument("clip_limit").number},
                    *range);
}

Value convert(LayerBuilder &layer, Value image, llvm::StringRef to,
              Interval range) {
  return layer.create<nn::ConvertColorOp>(image, to, APFloat(range.low),
                                          APFloat(range.high));
}

Value buildClahe(LayerBuilder &layer) {
  const Setting &space = layer.argument("color_space");
  if (layer.argument("variant").text == "keras")
    return space.written
               ? layer.error(space, "Keras's variant takes each channel by "
                                    "itself; remove color_space")
               : buildKerasClahe(layer);
  std::optional<Interval> range = valueRange(layer);
  if (!range)
    return {};
  bool isOfL = layer.argument("color_space").text == "lab";
  Tones tones{.method = "clahe",
              .tiles = layer.argument("tile_grid_size").extents,
              .clipLimit = layer.argument("clip_limit").number,
              .firstChannel = isOfL};
  if (!isOfL)
    return applyTones(layer, layer.getInput(), tones, *range);
  Value lab = convert(layer, layer.getInput(), "lab", *range);
  return convert(layer, applyTones(layer, lab, tones, {0, 255}), "rgb", *range);
}

//===- Arguments ----------------------------------------------------------===//

constexpr Range shares{0, 1};

constexpr llvm::StringLiteral valueRangeDoc =
    "the values of black and white at this place in the network";
constexpr Argument namedValueRange =
    valueRangeArgument(valueRangeDoc, /*byName=*/true);

constexpr Argument centerCropArguments[] = {
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
};

constexpr Argument grayscaleArguments[] = {
    {.name = "output_channels",
     .kind = Kind::Integer,
     .fallback = "1",
     .doc = "1, or 3 channels of the same grey",
     .range = {1, 3}},
};

constexpr Argument solarizationArguments[] = {
    {.name = "addition_factor",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "share of the range that is added first; exactly this, where "
            "Keras draws from 0 to it",
     .range = shares,
     .byName = true},
    {.name = "threshold_factor",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "share of the range from which on values are inverted; exactly "
            "this",
     .range = shares},
    namedValueRange,
};

constexpr Argument posterizationArguments[] = {
    {.name = "bits",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "of the 8 of each value, so many are kept",
     .range = {1, 8}},
    namedValueRange,
};

constexpr Argument autoContrastArguments[] = {namedValueRange};

constexpr Argument equalizationArguments[] = {
    namedValueRange,
    {.name = "bins",
     .kind = Kind::Integer,
     .fallback = "256",
     .doc = "of the histogram",
     .range = {2, 256}},
};

constexpr Argument tileGridSize{.name = "tile_grid_size",
                                .kind = Kind::Pair,
                                .fallback = "8",
                                .doc = "rows and columns of tiles",
                                .range = {1, 64}};

constexpr Choice claheVariants[] = {
    {"opencv", "OpenCV's integer arithmetic"},
    {"keras", "Keras's ContrastLimitedAdaptiveHistogramEqualization, of each "
              "channel"},
};
constexpr Choice colorSpaces[] = {
    {"lab", "L of CIE L*a*b*, or of a grey picture its only channel"},
    {"channels", "each channel by itself"},
};

constexpr Argument claheArguments[] = {
    {.name = "clip_limit",
     .kind = Kind::Number,
     .fallback = "2.0",
     .doc = "how far a level may exceed the mean count; 0 is no limit",
     .range = notNegative},
    tileGridSize,
    {.name = "color_space",
     .kind = Kind::Choice,
     .fallback = "lab",
     .doc = "what is equalized; only of the variant opencv",
     .choices = colorSpaces,
     .byName = true},
    {.name = "variant",
     .kind = Kind::Choice,
     .fallback = "opencv",
     .doc = "whose arithmetic: the pictures differ",
     .choices = claheVariants},
    namedValueRange,
};

constexpr Argument kerasClaheArguments[] = {
    valueRangeArgument(valueRangeDoc),
    {.name = "clip_limit",
     .kind = Kind::Number,
     .fallback = "4.0",
     .doc = "how far a level may exceed the mean count; 0 is no limit",
     .range = notNegative},
    tileGridSize,
};

consteval Row picture(Row row) {
  row.preparesPictures = true;
  return row;
}

constexpr Row rows[] = {
    picture({"CenterCrop", "center_crop",
             "the middle of an image; of a smaller one, resized, as much as "
             "fits",
             "CenterCrop: {height: 24, width: 24}", centerCropArguments,
             buildCenterCrop}),
    picture({"Grayscale", "grayscale",
             "brightness by ITU-R BT.601: 0.299 r + 0.587 g + 0.114 b",
             "Grayscale", grayscaleArguments, buildGrayscale}),
    picture({"AutoContrast", "auto_contrast",
             "each channel of an image stretched to the whole range",
             "AutoContrast: {value_range: [0, 1]}", autoContrastArguments,
             buildAutoContrast}),
    picture({"PerImageStandardization",
             "per_image_standardization",
             "mean 0 and variance 1 over each image, as "
             "tf.image.per_image_standardization",
             "PerImageStandardization",
             {},
             buildStandardization}),
    picture({"Posterization", "posterization", "fewer levels",
             "Posterization: {bits: 4}", posterizationArguments,
             buildPosterization}),
    picture({"Solarization", "solarization",
             "bright values inverted, with the same numbers in training and "
             "prediction",
             "Solarization: {threshold_factor: 0.5}", solarizationArguments,
             buildSolarization}),
    picture({"Equalization", "equalization",
             "the histogram of each channel of an image made even, in training "
             "and prediction",
             "Equalization", equalizationArguments, buildEqualization}),
    picture({"CLAHE", "clahe",
             "contrast-limited adaptive histogram equalization, as OpenCV's "
             "createCLAHE",
             "CLAHE: {clip_limit: 2.0, tile_grid_size: [4, 4]}", claheArguments,
             buildClahe}),
    picture({"ContrastLimitedAdaptiveHistogramEqualization",
             "contrast_limited_adaptive_histogram_equalization",
             "Keras's CLAHE; its pictures differ from OpenCV's",
             "ContrastLimitedAdaptiveHistogramEqualization: {tile_grid_size: "
             "4}",
             kerasClaheArguments, buildKerasClahe}),
};

} // namespace

llvm::ArrayRef<Row> lathe::frontend::pictureLayers() { return rows; }
