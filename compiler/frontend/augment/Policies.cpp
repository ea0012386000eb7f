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
constexpr Argument namedValueRange = byName(valueRange);

/// Numbers of an operation.
constexpr int64_t enhanced = 2;
constexpr int64_t size = enhanced + lathe::nn::DrawOp::transformNumbers;

/// Operations one after the other, whose numbers were drawn: one moves pixels,
/// or one changes colours.
void apply(AugmentBuilder &layer, int64_t at, int64_t operations) {
  for (int64_t i = 0; i < operations; ++i, at += size) {
    layer.adjust("enhance", at, layer.valueRange());
    layer.warpBy(at + enhanced, "constant",
                 layer.argument("interpolation").text,
                 layer.number("fill_value"));
  }
}

/// Operations turn about the middle of whole pictures.
bool isOfWholePictures(AugmentBuilder &layer) {
  if (!layer.isCropped())
    return true;
  layer.error("", "operations are for whole pictures; put RandomCrop behind "
                  "them");
  return false;
}

void operate(AugmentBuilder &layer, int policy, int operations,
             double magnitude, double magnitudes) {
  if (!isOfWholePictures(layer))
    return;
  int64_t at =
      layer.draw("policy", size * operations,
                 {double(policy), double(operations), magnitude, magnitudes,
                  double(layer.width()), double(layer.height())});
  apply(layer, at, operations);
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
    namedValueRange};

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
    namedValueRange};

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
    namedValueRange};

void autoAugment(AugmentBuilder &layer) {
  llvm::StringRef name = layer.argument("policy").text;
  const Choice *policy = llvm::find_if(
      policies, [&](const Choice &choice) { return choice.name == name; });
  operate(layer, int(LATHE_POLICY_AUTO + (policy - policies)), 2, 0, 10);
}

//===- AugMix -------------------------------------------------------------===//

constexpr Argument augMixArguments[] = {
    {.name = "severity",
     .kind = Kind::Integer,
     .fallback = "3",
     .doc = "how strong operations are at most: magnitudes are drawn from "
            "this many, the smallest of 10",
     .range = {1, 10}},
    {.name = "mixture_width",
     .kind = Kind::Integer,
     .fallback = "3",
     .doc = "how many chains of operations are mixed",
     .range = {1, LATHE_AUGMIX_CHAINS}},
    {.name = "chain_depth",
     .kind = Kind::Integer,
     .fallback = "-1",
     .doc = "operations of each chain; -1 is 1, 2 or 3 by chance",
     .range = {-1, 8}},
    {.name = "alpha",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "of the Dirichlet and the beta distribution of the chains' and the "
            "picture's shares; 1 is uniform",
     .range = {0, 1e3, true}},
    {.name = "all_ops",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc = "brightness, colour, contrast and sharpness, too, which the "
            "paper leaves out"},
    {.name = "interpolation",
     .kind = Kind::Choice,
     .fallback = "bilinear",
     .doc = "what is between pixels",
     .choices = interpolations,
     .byName = true},
    fillValue,
    namedValueRange};

void augMix(AugmentBuilder &layer) {
  int64_t chains = layer.argument("mixture_width").integer,
          depth = layer.argument("chain_depth").integer;
  if (depth == 0)
    return layer.error("chain_depth", "chain_depth is at least 1, or -1");
  if (!isOfWholePictures(layer))
    return;
  int64_t slots = depth < 0 ? int64_t{LATHE_AUGMIX_DEPTH} : depth;
  int64_t at = layer.draw("augmix", chains * (slots * size + 2),
                          {layer.number("alpha"), double(chains),
                           depth < 0 ? 0 : double(depth),
                           double(layer.argument("severity").integer),
                           layer.argument("all_ops").flag ? 1.0 : 0.0,
                           double(layer.width()), double(layer.height())});
  mlir::Value start = layer.getImages(), sum = start;
  int64_t weights = at + chains * slots * size;
  for (int64_t chain = 0; chain < chains; ++chain) {
    layer.setImages(start);
    apply(layer, at + chain * slots * size, slots);
    mlir::Value end = layer.getImages();
    layer.setImages(sum);
    layer.blend(end, weights + 2 * chain);
    sum = layer.getImages();
  }
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
    {.name = "AugMix",
     .identifier = "aug_mix",
     .summary = "a picture mixed with what chains of operations make of it, as "
                "in torchvision (Hendrycks et al., 2019)",
     .example = "AugMix: {severity: 3, mixture_width: 3}",
     .arguments = augMixArguments,
     .augment = augMix},
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
