//===- ImageDataGenerator.cpp - The augmentation of older scripts ---------===//
#include "compiler/frontend/augment/Augment.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <numbers>

using namespace lathe::frontend;

namespace {

constexpr Choice fillModes[] = {
    {"nearest", "(a a a a | a b c d | d d d d)"},
    {"constant", "cval"},
    {"reflect", "(d c b a | a b c d | d c b a)"},
    {"wrap", "(a b c d | a b c d | a b c d)"},
};
constexpr Choice orders[] = {
    {"0", "the next pixel"},
    {"1", "of the four pixels around"},
    {"3", "of the sixteen pixels around"},
};

constexpr Argument arguments[] = {
    {.name = "rotation_range",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "degrees, either way",
     .range = {0, 360},
     .byName = true},
    {.name = "width_shift_range",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "below 1 a share of the width; else pixels, whole ones below an "
            "integer",
     .range = notNegative},
    {.name = "height_shift_range",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "the same of the height",
     .range = notNegative},
    {.name = "brightness_range",
     .kind = Kind::Interval,
     .fallback = none,
     .doc = "values are multiplied by a number from a to b",
     .range = notNegative},
    {.name = "shear_range",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "degrees, either way; 0.2 is next to nothing",
     .range = {0, 90}},
    {.name = "zoom_range",
     .kind = Kind::Interval,
     .fallback = "0",
     .doc = "from 1 - z to 1 + z, or from a to b, of height and width each by "
            "itself; more is smaller",
     .range = notNegative},
    {.name = "channel_shift_range",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "added to all values, either way, within the picture's own range",
     .range = notNegative},
    {.name = "fill_mode",
     .kind = Kind::Choice,
     .fallback = "nearest",
     .doc = "what is beyond the border",
     .choices = fillModes},
    {.name = "cval",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "with fill_mode: constant"},
    {.name = "horizontal_flip",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "half of the pictures change left and right"},
    {.name = "vertical_flip",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "half of the pictures change top and bottom"},
    {.name = "interpolation_order",
     .kind = Kind::Choice,
     .fallback = "1",
     .doc = "what is between pixels",
     .choices = orders},
};

/// The largest shift in pixels, and the number of whole-pixel steps; 0 where
/// shifts need not be whole.
std::pair<double, double> shift(double range, int64_t size) {
  if (range < 1)
    return {range * double(size), 0};
  return {range, range == std::floor(range) ? range : 0};
}

/// Both are in degrees, where other layers have turns and tangents.
void warnOfSmallAngles(AugmentBuilder &layer) {
  for (llvm::StringRef name : {"rotation_range", "shear_range"}) {
    double degrees = layer.number(name);
    if (degrees <= 0 || degrees >= 1)
      continue;
    std::string text;
    llvm::raw_string_ostream(text)
        << name
        << llvm::format(": %g is %g degrees, next to nothing; as radians it "
                        "would be %.0f",
                        degrees, degrees, degrees * 180 / std::numbers::pi);
    layer.warn(name, text);
  }
}

void generate(AugmentBuilder &layer) {
  warnOfSmallAngles(layer);
  auto [right, columns] =
      shift(layer.number("width_shift_range"), layer.width());
  auto [down, rows] = shift(layer.number("height_shift_range"), layer.height());
  const Setting &zooming = layer.argument("zoom_range");
  Interval zoom = layer.interval("zoom_range", opposite);
  if (zooming.numbers.size() == 1)
    zoom = {1 + zoom.low, 1 + zoom.high};
  if (zoom.low <= 0)
    return layer.error("zoom_range", "zoom_range must be less than 1, or "
                                     "[a, b] with a above 0");
  llvm::StringRef order = layer.argument("interpolation_order").text;
  auto chance = [&](llvm::StringRef name) {
    return layer.argument(name).flag ? 0.5 : 0;
  };
  layer.warp("generator",
             {layer.number("rotation_range"), right, columns, down, rows,
              layer.number("shear_range"), zoom.low, zoom.high,
              chance("horizontal_flip"), chance("vertical_flip"),
              double(layer.width()), double(layer.height())},
             layer.argument("fill_mode").text,
             order == "0"   ? "nearest"
             : order == "1" ? "bilinear"
                            : "bicubic",
             layer.number("cval"));
  if (double most = layer.number("channel_shift_range"); most > 0)
    layer.adjust("shift", layer.draw("uniform", 1, {-most, most}), {0, 255});
  if (layer.isWritten("brightness_range")) {
    auto same = [](double x) { return x; };
    Interval factor = layer.interval("brightness_range", same);
    layer.adjust("scale", layer.draw("uniform", 1, {factor.low, factor.high}),
                 {0, 255});
  }
}

constexpr Row rows[] = {
    {.name = "ImageDataGenerator",
     .identifier = "image_data_generator",
     .summary = "what Keras's class of this name does to pictures from 0 to "
                "255, in one resampling",
     .example = "ImageDataGenerator: {rotation_range: 20, zoom_range: 0.2, "
                "horizontal_flip: true}",
     .arguments = arguments,
     .augment = generate},
};
} // namespace

llvm::ArrayRef<Row> lathe::frontend::keptAugmentations() { return rows; }
