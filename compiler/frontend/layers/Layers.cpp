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

std::vector<Row> collect() {
  std::vector<Row> rows;
  for (llvm::ArrayRef<Row> family :
       {inputLayers(), convolutionLayers(), poolingLayers(), denseLayers(),
        normalizationLayers(), activationLayers(), dropoutLayers(),
        mergingLayers(), shapingLayers(), attentionLayers()})
    llvm::append_range(rows, family);
  return rows;
}

} // namespace

const Family &lathe::frontend::layers() {
  static const std::vector<Row> rows = collect();
  static const Family family{"layer", "layers", "what the network consists of",
                             rows, commonArguments};
  return family;
}

llvm::ArrayRef<Argument> lathe::frontend::useArguments() {
  return blockArguments;
}
