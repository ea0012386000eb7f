//===- Mixing.cpp - Layers that mix pictures with others ------------------===//
#include "compiler/frontend/augment/Augment.h"

using namespace lathe::frontend;

namespace {

constexpr Argument probability{
    .name = "probability",
    .kind = Kind::Number,
    .fallback = "1",
    .doc = "the share of the batches that it happens to",
    .range = {0, 1},
    .byName = true};

constexpr Argument mixUpArguments[] = {
    {.name = "alpha",
     .kind = Kind::Number,
     .fallback = "0.2",
     .doc = "of the beta distribution of a picture's share: small values leave "
            "most pictures nearly alone, 1 is uniform",
     .range = {0, 1e3, true}},
    probability,
};

void mixUp(AugmentBuilder &layer) {
  layer.mix("mixup", {layer.number("probability"), layer.number("alpha")});
}

constexpr Argument cutMixArguments[] = {
    {.name = "factor",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "a number from 0 to it is the alpha of each batch, whose pictures' "
            "shares are of the beta distribution",
     .range = {0, 1, true}},
    probability,
};

void cutMix(AugmentBuilder &layer) {
  layer.mix("cutmix", {layer.number("probability"), layer.number("factor"),
                       double(layer.width()), double(layer.height())});
}

constexpr Row rows[] = {
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
} // namespace

llvm::ArrayRef<Row> lathe::frontend::mixingAugmentations() { return rows; }
