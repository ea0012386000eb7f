//===- Color.cpp - Layers that change colours -----------------------------===//
#include "compiler/frontend/augment/Augment.h"

using namespace lathe::frontend;

namespace {

constexpr Range shares{0, 1};

//===- Brightness and contrast --------------------------------------------===//

constexpr Argument brightnessArguments[] = {
    factorArgument("share of the range that is added, from -f to f or from a "
                   "to b; -1 is black, 1 is white",
                   "factor", required, {-1, 1}),
    valueRange};

void addBrightness(AugmentBuilder &layer, Interval share) {
  Interval range = layer.valueRange();
  double size = range.high - range.low;
  int64_t at = layer.draw("uniform", 1, {share.low * size, share.high * size});
  layer.adjust("brightness", at, range);
}

void brightness(AugmentBuilder &layer) {
  addBrightness(layer, layer.interval("factor", opposite));
}

constexpr Argument contrastArguments[] = {
    factorArgument("differences from each channel's mean are multiplied by "
                   "1 - f to 1 + f, or by 1 - a to 1 + b",
                   "factor", required, shares),
    valueRange};

void addContrast(AugmentBuilder &layer, llvm::StringRef name) {
  // [a, b] is 1 - a to 1 + b; Keras's code begins at 1, unlike its text.
  auto same = [](double x) { return x; };
  Interval share = layer.interval(name, same);
  int64_t at = layer.draw("uniform", 1, {1 - share.low, 1 + share.high});
  layer.adjust("contrast", at, layer.valueRange());
}

void contrast(AugmentBuilder &layer) { addContrast(layer, "factor"); }

constexpr Argument channelShiftArguments[] = {
    factorArgument("share of the range that is added to each channel, drawn "
                   "for each by itself, from -f to f or from a to b",
                   "factor", required, {-1, 1}),
    valueRange};

void channelShift(AugmentBuilder &layer) {
  Interval share = layer.interval("factor", opposite),
           range = layer.valueRange();
  double size = range.high - range.low;
  layer.adjust("channel_shift",
               layer.draw("uniform", layer.channels(),
                          {share.low * size, share.high * size,
                           double(layer.channels())}),
               range);
}

//===- Saturation and hue -------------------------------------------------===//

constexpr Argument saturationArguments[] = {
    factorArgument("0 is grey, 0.5 leaves colours as they are, 1 is full; from "
                   "0 to f or from a to b",
                   "factor", required, shares),
    valueRange};

void addSaturation(AugmentBuilder &layer, llvm::StringRef name) {
  Interval share = layer.interval(name, zero);
  layer.adjust("saturation", layer.draw("odds", 1, {share.low, share.high}),
               layer.valueRange());
}

void saturation(AugmentBuilder &layer) { addSaturation(layer, "factor"); }

constexpr Argument hueArguments[] = {
    factorArgument("1 turns the circle of colours by up to half a turn either "
                   "way; from 0 to f or from a to b",
                   "factor", required, shares),
    valueRange};

void addHue(AugmentBuilder &layer, llvm::StringRef name) {
  Interval share = layer.interval(name, zero);
  layer.adjust("hue",
               layer.draw("signed", 1, {0.5 * share.low, 0.5 * share.high}),
               layer.valueRange());
}

void hue(AugmentBuilder &layer) { addHue(layer, "factor"); }

/// Keras has other arguments before it.
consteval Argument byName(Argument argument) {
  argument.byName = true;
  return argument;
}

constexpr Argument jitterArguments[] = {
    byName(factorArgument("as RandomBrightness's factor", "brightness_factor",
                          none, {-1, 1})),
    factorArgument("as RandomContrast's", "contrast_factor", none, shares),
    factorArgument("as RandomSaturation's", "saturation_factor", none, shares),
    factorArgument("as RandomHue's", "hue_factor", none, shares), valueRange};

void jitter(AugmentBuilder &layer) {
  bool any = false;
  auto has = [&](llvm::StringRef name) {
    any |= layer.isWritten(name);
    return layer.isWritten(name);
  };
  if (has("brightness_factor"))
    addBrightness(layer, layer.interval("brightness_factor", opposite));
  if (has("contrast_factor"))
    addContrast(layer, "contrast_factor");
  if (has("saturation_factor"))
    addSaturation(layer, "saturation_factor");
  if (has("hue_factor"))
    addHue(layer, "hue_factor");
  if (!any)
    layer.error("", "RandomColorJitter changes nothing; give it "
                    "brightness_factor, contrast_factor, saturation_factor or "
                    "hue_factor");
}

//===- Grey and inverted pictures -----------------------------------------===//

constexpr Argument degenerationArguments[] = {
    factorArgument("0 leaves colours as they are, 1 is grey; from 0 to f or "
                   "from a to b",
                   "factor", required, shares),
    valueRange};

void degeneration(AugmentBuilder &layer) {
  Interval share = layer.interval("factor", zero);
  layer.adjust("grayscale", layer.draw("uniform", 1, {share.low, share.high}),
               layer.valueRange());
}

constexpr Argument grayscaleArguments[] = {
    {.name = "factor",
     .kind = Kind::Number,
     .fallback = "0.5",
     .doc = "the share of the pictures that become grey",
     .range = shares},
    valueRange};

void grayscale(AugmentBuilder &layer) {
  double share = layer.number("factor");
  layer.adjust("grayscale", layer.draw("chance", 1, {share, share}),
               layer.valueRange());
}

constexpr Argument invertArguments[] = {
    factorArgument("the chance of a picture to be inverted, drawn from 0 to f, "
                   "which makes half of f, or from a to b",
                   "factor", "1", shares),
    valueRange};

void invert(AugmentBuilder &layer) {
  Interval chance = layer.interval("factor", zero);
  layer.adjust("invert", layer.draw("chance", 1, {chance.low, chance.high}),
               layer.valueRange());
}

//===- Fewer levels, sharpness --------------------------------------------===//

constexpr Argument posterizationArguments[] = {
    {.name = "factor",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "bits of the 8 of a value that are kept",
     .range = {1, 8}},
    valueRange};

void posterization(AugmentBuilder &layer) {
  auto bits = double(layer.argument("factor").integer);
  layer.adjust("posterize", layer.draw("uniform", 1, {bits, bits}),
               layer.valueRange());
}

constexpr Argument solarizationArguments[] = {
    {.name = "threshold_factor",
     .kind = Kind::Interval,
     .fallback = "0.5",
     .doc = "values from this share of the range on are inverted; drawn from "
            "it to 1, or from a to b",
     .range = shares,
     .byName = true},
    valueRange};

void solarization(AugmentBuilder &layer) {
  const Setting &factor = layer.argument("threshold_factor");
  Interval share{factor.numbers.front(),
                 factor.numbers.size() > 1 ? factor.numbers.back() : 1};
  layer.adjust("solarize", layer.draw("uniform", 1, {share.low, share.high}),
               layer.valueRange());
}

constexpr Argument sharpnessArguments[] = {
    factorArgument("0 is smoothed, 0.5 leaves pictures as they are, 1 is "
                   "sharper; from 0 to f or from a to b",
                   "factor", required, shares),
    valueRange};

void sharpness(AugmentBuilder &layer) {
  Interval share = layer.interval("factor", zero);
  layer.adjust("sharpness",
               layer.draw("uniform", 1, {2 * share.low, 2 * share.high}),
               layer.valueRange());
}

//===- Erasing ------------------------------------------------------------===//

constexpr Argument erasingArguments[] = {
    factorArgument("the chance of a picture, drawn from 0 to f, which makes "
                   "half of f, or from a to b; [1, 1] is always",
                   "factor", "1", shares),
    {.name = "scale",
     .kind = Kind::Interval,
     .fallback = "[0.02, 0.33]",
     .doc = "the square of the rectangle's share of the height, and of the "
            "width, each drawn by itself",
     .range = shares},
    {.name = "fill_value",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "the value in it; by default the middle of the range"},
    valueRange};

void erasing(AugmentBuilder &layer) {
  Interval chance = layer.interval("factor", zero),
           scale = layer.interval("scale", [](double x) { return x; }),
           range = layer.valueRange();
  double fill = layer.isWritten("fill_value") ? layer.number("fill_value")
                                              : (range.low + range.high) / 2;
  int64_t at = layer.draw("box", 5,
                          {chance.low, chance.high, scale.low, scale.high, fill,
                           double(layer.width()), double(layer.height()),
                           double(layer.left()), double(layer.top())});
  layer.adjust("erase", at, range);
}

constexpr Row rows[] = {
    {.name = "RandomBrightness",
     .identifier = "random_brightness",
     .summary = "makes pictures brighter and darker",
     .example = "RandomBrightness: {factor: 0.2}",
     .arguments = brightnessArguments,
     .augment = brightness},
    {.name = "RandomContrast",
     .identifier = "random_contrast",
     .summary = "changes the contrast (Keras's code only raises it)",
     .example = "RandomContrast: {factor: 0.2}",
     .arguments = contrastArguments,
     .augment = contrast},
    {.name = "RandomChannelShift",
     .identifier = "random_channel_shift",
     .summary = "makes each channel brighter or darker by itself",
     .example = "RandomChannelShift: {factor: 0.1}",
     .arguments = channelShiftArguments,
     .augment = channelShift},
    {.name = "RandomSaturation",
     .identifier = "random_saturation",
     .summary = "makes colours paler and stronger",
     .example = "RandomSaturation: {factor: [0.3, 0.7]}",
     .arguments = saturationArguments,
     .augment = saturation},
    {.name = "RandomHue",
     .identifier = "random_hue",
     .summary = "turns colours into their neighbours",
     .example = "RandomHue: {factor: 0.1}",
     .arguments = hueArguments,
     .augment = hue},
    {.name = "RandomColorJitter",
     .identifier = "random_color_jitter",
     .summary = "brightness, contrast, saturation and hue, in this order",
     .example = "RandomColorJitter: {brightness_factor: 0.2, hue_factor: 0.1}",
     .arguments = jitterArguments,
     .augment = jitter},
    {.name = "RandomColorDegeneration",
     .identifier = "random_color_degeneration",
     .summary = "mixes pictures with their grey ones",
     .example = "RandomColorDegeneration: {factor: 0.5}",
     .arguments = degenerationArguments,
     .augment = degeneration},
    {.name = "RandomGrayscale",
     .identifier = "random_grayscale",
     .summary = "makes some pictures grey",
     .example = "RandomGrayscale: {factor: 0.1}",
     .arguments = grayscaleArguments,
     .augment = grayscale},
    {.name = "RandomInvert",
     .identifier = "random_invert",
     .summary = "turns some pictures into negatives",
     .example = "RandomInvert: {factor: 0.2}",
     .arguments = invertArguments,
     .augment = invert},
    {.name = "RandomPosterization",
     .identifier = "random_posterization",
     .summary = "reduces the number of levels",
     .example = "RandomPosterization: {factor: 4}",
     .arguments = posterizationArguments,
     .augment = posterization},
    {.name = "RandomSolarization",
     .identifier = "random_solarization",
     .summary = "inverts bright values (Keras's Solarization)",
     .example = "RandomSolarization: {threshold_factor: 0.5}",
     .arguments = solarizationArguments,
     .augment = solarization},
    {.name = "RandomSharpness",
     .identifier = "random_sharpness",
     .summary = "smooths and sharpens pictures",
     .example = "RandomSharpness: {factor: [0.2, 0.8]}",
     .arguments = sharpnessArguments,
     .augment = sharpness},
    {.name = "RandomErasing",
     .identifier = "random_erasing",
     .summary = "covers a rectangle",
     .example = "RandomErasing: {factor: [0.5, 0.5]}",
     .arguments = erasingArguments,
     .augment = erasing},
};
} // namespace

llvm::ArrayRef<Row> lathe::frontend::colorAugmentations() { return rows; }
