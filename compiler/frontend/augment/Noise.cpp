//===- Noise.cpp - Layers that blur pictures and add noise ----------------===//
#include "compiler/frontend/augment/Augment.h"

using namespace lathe::frontend;

namespace {

constexpr Range shares{0, 1};
double same(double x) { return x; }

constexpr Argument blurArguments[] = {
    factorArgument("the chance of a picture to be blurred, drawn from 0 to f, "
                   "which makes half of f, or from a to b; [1, 1] is always",
                   "factor", "1", shares),
    {.name = "kernel_size",
     .kind = Kind::Pair,
     .fallback = "3",
     .doc = "rows and columns of the filter, odd numbers",
     .range = {1, 255}},
    factorArgument("standard deviation of the filter in pixels, drawn from 0 "
                   "to s or from a to b, for rows and columns each by itself",
                   "sigma", "1", {0, 1000}),
    idleValueRangeArgument};

void blur(AugmentBuilder &layer) {
  llvm::ArrayRef<int64_t> size = layer.argument("kernel_size").extents;
  if (size[0] % 2 == 0 || size[1] % 2 == 0)
    return layer.error("kernel_size", "kernel_size must be odd, so that the "
                                      "filter has a middle");
  Interval chance = layer.interval("factor", zero),
           sigma = layer.interval("sigma", zero);
  int64_t radii[] = {size[0] / 2, size[1] / 2};
  layer.blur(layer.draw("blur", radii[0] + radii[1] + 2,
                        {chance.low, chance.high, sigma.low, sigma.high,
                         double(radii[0]), double(radii[1])}),
             radii);
}

constexpr Argument gaussianArguments[] = {
    factorArgument("standard deviation of what is added to each value, in the "
                   "values' own unit; drawn for each picture from [a, b]",
                   "stddev", required, notNegative),
    valueRange};

void gaussianNoise(AugmentBuilder &layer) {
  Interval deviation = layer.interval("stddev", same);
  layer.adjust("gaussian_noise",
               layer.draw("noise", 4, {deviation.low, deviation.high}),
               layer.valueRange());
}

constexpr Argument saltArguments[] = {
    factorArgument("share of the pixels that become white or black; drawn for "
                   "each picture from [a, b]",
                   "amount", required, shares),
    {.name = "salt_vs_pepper",
     .kind = Kind::Number,
     .fallback = "0.5",
     .doc = "share of these that become white",
     .range = shares},
    valueRange};

void saltAndPepper(AugmentBuilder &layer) {
  Interval amount = layer.interval("amount", same);
  double salt = layer.number("salt_vs_pepper");
  layer.adjust("salt_and_pepper",
               layer.draw("noise", 4, {amount.low, amount.high, salt, salt}),
               layer.valueRange());
}

constexpr Row rows[] = {
    {.name = "RandomGaussianBlur",
     .identifier = "random_gaussian_blur",
     .summary = "blurs pictures, which are mirrored at their border (Keras's "
                "code darkens the border)",
     .example = "RandomGaussianBlur: {kernel_size: 5, sigma: [0.1, 2]}",
     .arguments = blurArguments,
     .augment = blur},
    {.name = "RandomGaussianNoise",
     .identifier = "random_gaussian_noise",
     .summary = "adds normal noise to each value, within the range",
     .example = "RandomGaussianNoise: {stddev: [0, 10]}",
     .arguments = gaussianArguments,
     .augment = gaussianNoise},
    {.name = "RandomSaltAndPepper",
     .identifier = "random_salt_and_pepper",
     .summary = "makes some pixels white and some black",
     .example = "RandomSaltAndPepper: {amount: [0, 0.05]}",
     .arguments = saltArguments,
     .augment = saltAndPepper},
};
} // namespace

llvm::ArrayRef<Row> lathe::frontend::noiseAugmentations() { return rows; }
