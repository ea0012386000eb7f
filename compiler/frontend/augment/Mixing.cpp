//===- Mixing.cpp - Layers that mix pictures with others ------------------===//
#include "compiler/frontend/augment/Augment.h"
#include <numeric>

using namespace lathe::frontend;

namespace {

constexpr Argument probability{
    .name = "probability",
    .kind = Kind::Number,
    .fallback = "1",
    .doc = "the share of the batches that it happens to",
    .range = {0, 1},
    .byName = true};

constexpr Argument offEpoch{
    .name = "off_epoch",
    .kind = Kind::Integer,
    .fallback = none,
    .doc = "the epochs after which it stops: the last ones see the pictures "
           "that the network is for; by default it never does",
    .range = countRange,
    .byName = true};

/// `off_epoch`, 0 for never.
double lastEpoch(AugmentBuilder &layer) {
  if (!layer.isWritten("off_epoch"))
    return 0;
  int64_t last = layer.argument("off_epoch").integer;
  if (layer.epochs() > 0 && last >= layer.epochs())
    layer.warn("off_epoch", "off_epoch has no effect: training ends after " +
                                llvm::Twine(layer.epochs()) + " epochs");
  return double(last);
}

constexpr Argument mixUpArguments[] = {
    {.name = "alpha",
     .kind = Kind::Number,
     .fallback = "0.2",
     .doc = "of the beta distribution of a picture's share: small values leave "
            "most pictures nearly alone, 1 is uniform",
     .range = {0, 1e3, true}},
    probability,
    offEpoch,
};

void mixUp(AugmentBuilder &layer) {
  layer.mix("mixup", {layer.number("probability"), layer.number("alpha"),
                      double(layer.width()), double(layer.height()), 0, 0,
                      lastEpoch(layer)});
}

constexpr Argument cutMixArguments[] = {
    {.name = "factor",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "a number from 0 to it is the alpha of each batch, whose pictures' "
            "shares are of the beta distribution",
     .range = {0, 1, true}},
    probability,
    offEpoch,
};

void cutMix(AugmentBuilder &layer) {
  layer.mix("cutmix",
            {layer.number("probability"), layer.number("factor"),
             double(layer.width()), double(layer.height()),
             double(layer.left()), double(layer.top()), lastEpoch(layer)});
}

constexpr Row mixingRows[] = {
    {.name = "MixUp",
     .identifier = "mix_up",
     .summary = "adds shares of two pictures, and of their labels (Zhang et "
                "al., 2018); of several such layers, each batch gets one",
     .example = "MixUp: {alpha: 0.2}",
     .arguments = mixUpArguments,
     .augment = mixUp},
    {.name = "CutMix",
     .identifier = "cut_mix",
     .summary = "puts a rectangle of another picture into one, and the area's "
                "share of its label (Yun et al., 2019)",
     .example = "CutMix: {factor: 1.0}",
     .arguments = cutMixArguments,
     .augment = cutMix},
};

//===- RandomChoice -------------------------------------------------------===//

/// What RandomChoice takes, as a part of the augmentations.
constexpr Family mixingFamily{
    .noun = "augmentation",
    .nouns = "augmentations",
    .summary = "what mixes pictures with others of their batch",
    .rows = mixingRows};

constexpr Argument choiceArguments[] = {
    {.name = "layers",
     .kind = Kind::Entries,
     .fallback = required,
     .doc = "MixUp and CutMix, with their arguments",
     .family = &mixingFamily},
    {.name = "p",
     .kind = Kind::Numbers,
     .fallback = none,
     .doc = "the chance of each, as a share of their sum; by default they are "
            "alike",
     .range = notNegative,
     .byName = true},
};

void choose(AugmentBuilder &layer) {
  const std::vector<Setting> &choices = layer.argument("layers").members;
  std::vector<double> chances(choices.size(), 1);
  if (layer.isWritten("p")) {
    llvm::ArrayRef<double> given = layer.argument("p").numbers;
    if (given.size() != choices.size())
      return layer.error("p", "p has " + llvm::Twine(given.size()) +
                                  " numbers, one for each of " +
                                  llvm::Twine(choices.size()) +
                                  " layers is needed");
    chances.assign(given.begin(), given.end());
  }
  double sum = std::accumulate(chances.begin(), chances.end(), 0.0);
  if (sum <= 0)
    return layer.error("p", "all chances are 0");
  for (size_t i = 0; i < choices.size(); ++i)
    if (chances[i] > 0)
      layer.buildInside(choices[i], chances[i] / sum);
}

constexpr Row choiceRow{
    .name = "RandomChoice",
    .identifier = "random_choice",
    .summary = "MixUp or CutMix, one of them for each batch by chance",
    .example = "RandomChoice: {layers: [MixUp: {alpha: 0.2}, CutMix], p: [0.5, "
               "0.5]}",
    .arguments = choiceArguments,
    .augment = choose};

constexpr Row rows[] = {mixingRows[0], mixingRows[1], choiceRow};
} // namespace

llvm::ArrayRef<Row> lathe::frontend::mixingAugmentations() { return rows; }
