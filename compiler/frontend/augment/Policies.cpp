//===- Policies.cpp - Layers that choose operations for each picture ------===//
#include "compiler/frontend/augment/Augment.h"
#include "runtime/embedded/internal.h"

using namespace lathe::frontend;

namespace {

constexpr Argument interpolation{.name = "interpolation",
                                 .kind = Kind::Choice,
                                 .fallback = "nearest",
                                 .doc = "what is between pixels",
                                 .choices = interpolations,
                                 .byName = true};
constexpr Argument fillValue{.name = "fill_value",
                             .kind = Kind::Number,
                             .fallback = "0",
                             .doc = "what is beyond the border",
                             .byName = true};
consteval Argument byName(Argument argument) {
  argument.byName = true;
  return argument;
}
constexpr Argument valueRange = byName(valueRangeArgument);

/// Operations one after the other: one moves pixels, or one changes colours.
void operate(AugmentBuilder &layer, int policy, int operations,
             double magnitude, double magnitudes) {
  constexpr int64_t enhanced = 2;
  constexpr int64_t size = enhanced + lathe::nn::DrawOp::transformNumbers;
  Interval range = layer.valueRange();
  int64_t at =
      layer.draw("policy", size * operations,
                 {double(policy), double(operations), magnitude, magnitudes,
                  double(layer.width()), double(layer.height())});
  for (int i = 0; i < operations; ++i, at += size) {
    layer.adjust("enhance", at, range);
    layer.warpBy(at + enhanced, "constant",
                 layer.argument("interpolation").text,
                 layer.number("fill_value"));
  }
}

//===- RandAugment --------------------------------------------------------===//

constexpr Argument randArguments[] = {
    {.name = "num_ops",
     .kind = Kind::Integer,
     .fallback = "2",
     .doc = "operations of a picture, one after the other",
     .range = {1, 16}},
    {.name = "magnitude",
     .kind = Kind::Integer,
     .fallback = "9",
     .doc = "how much all of them do, from 0 to below num_magnitude_bins",
     .range = {0, 1000}},
    {.name = "num_magnitude_bins",
     .kind = Kind::Integer,
     .fallback = "31",
     .doc = "how many magnitudes there are",
     .range = {2, 1001}},
    interpolation,
    fillValue,
    valueRange};

void randAugment(AugmentBuilder &layer) {
  int64_t magnitude = layer.argument("magnitude").integer,
          magnitudes = layer.argument("num_magnitude_bins").integer;
  if (magnitude >= magnitudes)
    return layer.error(
        "magnitude",
        llvm::Twine("magnitude is at most ") + llvm::Twine(magnitudes - 1) +
            ", one less than num_magnitude_bins; a larger num_magnitude_bins "
            "makes each step smaller");
  operate(layer, LATHE_POLICY_RAND, int(layer.argument("num_ops").integer),
          double(magnitude), double(magnitudes));
}

//===- TrivialAugmentWide -------------------------------------------------===//

constexpr Argument trivialArguments[] = {
    {.name = "num_magnitude_bins",
     .kind = Kind::Integer,
     .fallback = "31",
     .doc = "how many magnitudes there are to choose from",
     .range = {2, 1001}},
    interpolation,
    fillValue,
    valueRange};

void trivialAugment(AugmentBuilder &layer) {
  operate(layer, LATHE_POLICY_TRIVIAL, 1, 0,
          double(layer.argument("num_magnitude_bins").integer));
}

//===- AutoAugment --------------------------------------------------------===//

constexpr Choice policies[] = {
    {"imagenet", "what was found best for ImageNet"},
    {"cifar10", "for CIFAR-10"},
    {"svhn", "for street view house numbers"},
};
constexpr Argument autoArguments[] = {
    {.name = "policy",
     .kind = Kind::Choice,
     .fallback = "imagenet",
     .doc = "which 25 pairs of operations there are to choose from",
     .choices = policies},
    interpolation,
    fillValue,
    valueRange};

void autoAugment(AugmentBuilder &layer) {
  llvm::StringRef name = layer.argument("policy").text;
  const Choice *policy = llvm::find_if(
      policies, [&](const Choice &choice) { return choice.name == name; });
  operate(layer, int(LATHE_POLICY_AUTO + (policy - policies)), 2, 0, 10);
}

constexpr Row rows[] = {
    {.name = "RandAugment",
     .identifier = "rand_augment",
     .summary = "some operations of 14 for each picture, as in torchvision "
                "(Cubuk et al., 2019)",
     .example = "RandAugment: {num_ops: 2, magnitude: 9}",
     .arguments = randArguments,
     .augment = randAugment},
    {.name = "TrivialAugmentWide",
     .identifier = "trivial_augment_wide",
     .summary = "one operation of 14 for each picture, of any strength, as in "
                "torchvision (Mueller and Hutter, 2021)",
     .example = "TrivialAugmentWide",
     .arguments = trivialArguments,
     .augment = trivialAugment},
    {.name = "AutoAugment",
     .identifier = "auto_augment",
     .summary = "one of 25 pairs of operations for each picture, as in "
                "torchvision (Cubuk et al., 2018)",
     .example = "AutoAugment: {policy: cifar10}",
     .arguments = autoArguments,
     .augment = autoAugment},
};
} // namespace

llvm::ArrayRef<Row> lathe::frontend::policyAugmentations() { return rows; }
