//===- Geometric.cpp - Layers that move pixels ----------------------------===//
#include "compiler/frontend/augment/Augment.h"
#include <numbers>

using namespace lathe::frontend;

namespace {

constexpr Choice fillModes[] = {
    {"reflect", "(d c b a | a b c d | d c b a)"},
    {"constant", "fill_value"},
    {"wrap", "(a b c d | a b c d | a b c d)"},
    {"nearest", "(a a a a | a b c d | d d d d)"},
};
constexpr Argument fillMode{.name = "fill_mode",
                            .kind = Kind::Choice,
                            .fallback = "reflect",
                            .doc = "what is beyond the border",
                            .choices = fillModes};
constexpr Argument interpolation{.name = "interpolation",
                                 .kind = Kind::Choice,
                                 .fallback = "bilinear",
                                 .doc = "what is between pixels",
                                 .choices = interpolations};
constexpr Argument fillValue{.name = "fill_value",
                             .kind = Kind::Number,
                             .fallback = "0",
                             .doc = "with fill_mode: constant",
                             .byName = true};

//===- RandomFlip ---------------------------------------------------------===//

constexpr Choice flips[] = {
    {"horizontal_and_vertical", "each by itself"},
    {"horizontal", "left and right"},
    {"vertical", "top and bottom"},
};
constexpr Argument flipArguments[] = {
    {.name = "mode",
     .kind = Kind::Choice,
     .fallback = "horizontal_and_vertical",
     .doc = "what changes sides, in half of the pictures",
     .choices = flips},
};

void flip(AugmentBuilder &layer) {
  llvm::StringRef mode = layer.argument("mode").text;
  layer.warp("flip",
             {mode == "vertical" ? 0 : 0.5, mode == "horizontal" ? 0 : 0.5,
              double(layer.width()), double(layer.height())},
             "nearest", "bilinear", 0);
}

//===- RandomRotation, RandomTranslation, RandomZoom, RandomShear ---------===//

constexpr Range turns{-1, 1};

constexpr Argument rotationArguments[] = {
    factorArgument("turns, from -f to f or from a to b; 0.1 is 36 degrees, "
                   "counter-clockwise",
                   "factor", required, turns),
    fillMode, interpolation, fillValue};

void rotate(AugmentBuilder &layer) {
  Interval turn = layer.interval("factor", opposite);
  constexpr double circle = 2 * std::numbers::pi;
  layer.warp("rotation", {turn.low * circle, turn.high * circle,
                          double(layer.width()), double(layer.height())});
}

constexpr Argument translationArguments[] = {
    factorArgument(
        "share of the height, from -f to f or from a to b; downwards",
        "height_factor", required, turns),
    factorArgument("share of the width; to the right", "width_factor", required,
                   turns),
    fillMode, interpolation, fillValue};

void translate(AugmentBuilder &layer) {
  Interval down = layer.interval("height_factor", opposite),
           right = layer.interval("width_factor", opposite);
  auto height = double(layer.height()), width = double(layer.width());
  layer.warp("translation", {right.low * width, right.high * width,
                             down.low * height, down.high * height});
}

constexpr Range zooms{-1, 1, true};
constexpr Argument zoomArguments[] = {
    factorArgument("share by which the height that is seen changes, from -f to "
                   "f or from a to b; more is smaller",
                   "height_factor", required, zooms),
    factorArgument("the same of the width; by default what the height got, "
                   "which keeps the aspect",
                   "width_factor", none, zooms),
    fillMode, interpolation, fillValue};

void zoom(AugmentBuilder &layer) {
  bool keepsAspect = !layer.isWritten("width_factor");
  Interval y = layer.interval("height_factor", opposite),
           x = keepsAspect ? y : layer.interval("width_factor", opposite);
  layer.warp("zoom", {1 + x.low, 1 + x.high, 1 + y.low, 1 + y.high,
                      keepsAspect ? 1.0 : 0.0, double(layer.width()),
                      double(layer.height())});
}

constexpr Argument shearArguments[] = {
    factorArgument("columns that a row moves for each row below the first, "
                   "from -f to f, or from a to b to either side",
                   "x_factor", "0", {0, 1}),
    factorArgument("rows that a column moves for each column", "y_factor", "0",
                   {0, 1}),
    interpolation, fillMode, fillValue};

void shear(AugmentBuilder &layer) {
  Interval x = layer.interval("x_factor", opposite),
           y = layer.interval("y_factor", opposite);
  layer.warp("shear", {x.low, x.high, y.low, y.high});
}

//===- RandomPerspective, RandomResizedCrop -------------------------------===//

constexpr Argument perspectiveArguments[] = {
    factorArgument("the chance of a picture to be seen so, drawn from 0 to f, "
                   "which makes half of f, or from a to b; [1, 1] is always",
                   "factor", "1", {0, 1}),
    {.name = "scale",
     .kind = Kind::Number,
     .fallback = "0.3",
     .doc = "each corner moves inwards by up to half this share of the sides",
     .range = {0, 1, false, true}},
    interpolation,
    fillValue};

void perspective(AugmentBuilder &layer) {
  Interval chance = layer.interval("factor", zero);
  layer.warp("perspective",
             {chance.low, chance.high, layer.number("scale"),
              double(layer.width()), double(layer.height())},
             "constant", layer.argument("interpolation").text,
             layer.number("fill_value"), /*projective=*/true);
}

constexpr Argument resizedCropArguments[] = {
    {.name = "scale",
     .kind = Kind::Interval,
     .fallback = "[0.08, 1]",
     .doc = "share of the picture's area that is seen",
     .range = {0, 1, true}},
    {.name = "ratio",
     .kind = Kind::Interval,
     .fallback = "[3/4, 4/3]",
     .doc = "its width over its height, relative to the picture's",
     .range = positive},
    interpolation};

void resizedCrop(AugmentBuilder &layer) {
  auto same = [](double x) { return x; };
  Interval scale = layer.interval("scale", same),
           ratio = layer.interval("ratio", same);
  layer.warp("resized_crop",
             {scale.low, scale.high, ratio.low, ratio.high,
              double(layer.width()), double(layer.height())},
             "nearest", layer.argument("interpolation").text, 0);
}

//===- RandomCrop ---------------------------------------------------------===//

constexpr Argument cropArguments[] = {{.name = "height",
                                       .kind = Kind::Integer,
                                       .fallback = required,
                                       .doc = "rows of the part",
                                       .range = countRange},
                                      {.name = "width",
                                       .kind = Kind::Integer,
                                       .fallback = required,
                                       .doc = "columns of the part",
                                       .range = countRange}};

void crop(AugmentBuilder &layer) {
  int64_t height = layer.argument("height").integer,
          width = layer.argument("width").integer;
  auto size = [](int64_t height, int64_t width) {
    return std::to_string(height) + " x " + std::to_string(width);
  };
  if (height > layer.height() || width > layer.width())
    return layer.error(height > layer.height() ? "height" : "width",
                       "RandomCrop cannot show " + size(height, width) +
                           " pixels of pictures with " +
                           size(layer.height(), layer.width()) +
                           "; read larger pictures, or use RandomTranslation");
  if (height == layer.height() && width == layer.width())
    layer.warn("height", "RandomCrop shows whole pictures and has no effect");
  layer.crop(height, width);
}

//===- RandomElasticTransform ---------------------------------------------===//

constexpr Argument elasticArguments[] = {
    factorArgument("the chance of a picture to be distorted, drawn from 0 to "
                   "f, which makes half of f, or from a to b; [1, 1] is always",
                   "factor", "1", {0, 1}),
    factorArgument("how much: pixels move by 2.8 % of the larger side times "
                   "this, either way and typically, as waves of about a fifth "
                   "of the smaller side times this; drawn from 0 to it, or "
                   "from a to b",
                   "scale", "1", {0, 1}),
    interpolation,
    fillMode,
    fillValue,
    idleValueRangeArgument};

void elastic(AugmentBuilder &layer) {
  Interval chance = layer.interval("factor", zero),
           scale = layer.interval("scale", zero);
  auto width = double(layer.width()), height = double(layer.height());
  auto radius = 3 * int64_t(0.05 * scale.high * std::min(width, height));
  int64_t at = layer.draw("elastic", 3 + 2 * (radius + 1),
                          {chance.low, chance.high, scale.low, scale.high,
                           width, height, double(radius)});
  layer.displace(at, radius);
}

constexpr Row rows[] = {
    {.name = "RandomFlip",
     .identifier = "random_flip",
     .summary = "mirrors pictures",
     .example = "RandomFlip: {mode: horizontal}",
     .arguments = flipArguments,
     .augment = flip},
    {.name = "RandomRotation",
     .identifier = "random_rotation",
     .summary = "turns pictures about their centre",
     .example = "RandomRotation: {factor: 0.05}",
     .arguments = rotationArguments,
     .augment = rotate},
    {.name = "RandomTranslation",
     .identifier = "random_translation",
     .summary = "moves pictures",
     .example = "RandomTranslation: {height_factor: 0.1, width_factor: 0.1}",
     .arguments = translationArguments,
     .augment = translate},
    {.name = "RandomZoom",
     .identifier = "random_zoom",
     .summary = "enlarges and reduces pictures about their centre",
     .example = "RandomZoom: {height_factor: [-0.2, 0]}",
     .arguments = zoomArguments,
     .augment = zoom},
    {.name = "RandomShear",
     .identifier = "random_shear",
     .summary = "shears pictures, whose first row and column stay",
     .example = "RandomShear: {x_factor: 0.2}",
     .arguments = shearArguments,
     .augment = shear},
    {.name = "RandomPerspective",
     .identifier = "random_perspective",
     .summary = "moves the corners of pictures, as if seen from the side "
                "(Keras's layer, whose code only shears)",
     .example = "RandomPerspective: {factor: [0.5, 0.5], scale: 0.3}",
     .arguments = perspectiveArguments,
     .augment = perspective},
    {.name = "RandomCrop",
     .identifier = "random_crop",
     .summary = "shows a part of each picture, by its pixels (Keras's layer, "
                "whose code has one place for a whole batch); in evaluation "
                "and prediction, the largest part of the same aspect ratio is "
                "resized. Layers behind it see what is around the part at its "
                "border, and contrast is that of the whole picture",
     .example = "RandomCrop: {height: 24, width: 20}",
     .arguments = cropArguments,
     .augment = crop},
    {.name = "RandomElasticTransform",
     .identifier = "random_elastic_transform",
     .summary = "distorts pictures as if on rubber (Keras's layer, whose code "
                "moves pixels along one diagonal only); the last of the layers "
                "that move pixels is one resampling with those before it",
     .example = "RandomElasticTransform: {factor: [0.5, 0.5], scale: 0.5}",
     .arguments = elasticArguments,
     .augment = elastic},
    {.name = "RandomResizedCrop",
     .identifier = "random_resized_crop",
     .summary = "enlarges a part of the picture to its size (torchvision's)",
     .example = "RandomResizedCrop: {scale: [0.5, 1]}",
     .arguments = resizedCropArguments,
     .augment = resizedCrop},
};
} // namespace

llvm::ArrayRef<Row> lathe::frontend::geometricAugmentations() { return rows; }
