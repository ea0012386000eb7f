//===- Layers.cpp - The table of layers -----------------------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe::frontend;

namespace {

constexpr Argument nameArgument{
    .name = "name",
    .kind = Kind::Name,
    .fallback = none,
    .doc = "the layer's name; by default its kind and a running number"};
constexpr Argument inputsArgument{
    .name = "inputs",
    .kind = Kind::Layers,
    .fallback = none,
    .doc = "the layers it reads, by default the one before it; 'input' is the "
           "model's own, in a block the block's"};
constexpr Argument ifArgument{
    .name = "if",
    .kind = Kind::Flag,
    .fallback = "true",
    .doc = "false leaves it out: who reads it, reads its first input"};
constexpr Argument trainableArgument{
    .name = "trainable",
    .kind = Kind::Flag,
    .fallback = "true",
    .doc = "false keeps its parameters as they are"};

constexpr Argument commonArguments[] = {
    nameArgument,
    inputsArgument,
    ifArgument,
    trainableArgument,
    {.name = "learning_rate_multiplier",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "factor of the optimizer's steps on its parameters",
     .range = notNegative},
};

constexpr Argument blockArguments[] = {
    nameArgument,
    inputsArgument,
    ifArgument,
    trainableArgument,
    {.name = "repeat",
     .kind = Kind::Integer,
     .fallback = "1",
     .doc = "how many times, each reading the one before; $index counts them "
            "from 0",
     .range = {1, 10'000}},
};

// Keras's own.
constexpr Alias aliases[] = {
    {"Convolution2D", "conv2d"},
    {"Convolution1D", "conv1d"},
    {"SeparableConvolution2D", "separable_conv2d"},
    {"Convolution2DTranspose", "conv2d_transpose"},
    {"MaxPool2D", "max_pooling2d"},
    {"MaxPool1D", "max_pooling1d"},
    {"AvgPool2D", "average_pooling2d"},
    {"AvgPool1D", "average_pooling1d"},
    {"GlobalAvgPool2D", "global_average_pooling2d"},
    {"GlobalAvgPool1D", "global_average_pooling1d"},
    {"GlobalMaxPool2D", "global_max_pooling2d"},
    {"GlobalMaxPool1D", "global_max_pooling1d"},
};

std::vector<Row> collect() {
  std::vector<Row> rows;
  for (llvm::ArrayRef<Row> family :
       {inputLayers(), pictureLayers(), convolutionLayers(), poolingLayers(),
        denseLayers(), normalizationLayers(), activationLayers(),
        dropoutLayers(), mergingLayers(), shapingLayers(), attentionLayers()})
    llvm::append_range(rows, family);
  return rows;
}

} // namespace

const Family &lathe::frontend::layers() {
  static const std::vector<Row> rows = collect();
  static const Family family{.noun = "layer",
                             .nouns = "layers",
                             .summary = "what the network consists of",
                             .rows = rows,
                             .common = commonArguments,
                             .aliases = aliases};
  return family;
}

llvm::ArrayRef<Argument> lathe::frontend::useArguments() {
  return blockArguments;
}
