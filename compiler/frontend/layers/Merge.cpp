//===- Merge.cpp - Layers that join others --------------------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

/// From left to right.
template <typename OpTy>
static Value fold(LayerBuilder &layer) {
  Value result = layer.getInput();
  for (Value input : layer.getInputs().drop_front())
    result = layer.create<OpTy>(result, input);
  return result;
}

static Value buildAverage(LayerBuilder &layer) {
  return layer.scale(fold<nn::AddOp>(layer), 1.0 / layer.getInputs().size());
}

static Value buildConcatenate(LayerBuilder &layer) {
  return layer.create<nn::ConcatenateOp>(
      layer.getInputs(),
      layer.getBuilder().getI64IntegerAttr(layer.argument("axis").integer));
}

static constexpr Argument concatenateArguments[] = {
    {.name = "axis",
     .kind = Kind::Integer,
     .fallback = "-1",
     .doc = "the dimension to join, counted from 1, or from the end with -1",
     .range = {-3, 3}},
};

static constexpr unsigned most = 64;

static constexpr Row rows[] = {
    {"Add",
     "add",
     "sum of layers",
     "Add: {inputs: [conv2d, input]}",
     {},
     fold<nn::AddOp>,
     2,
     most},
    {"Subtract",
     "subtract",
     "the first layer minus the second",
     "Subtract: {inputs: [conv2d, input]}",
     {},
     fold<nn::SubtractOp>,
     2,
     2},
    {"Multiply",
     "multiply",
     "product of layers, element by element",
     "Multiply: {inputs: [conv2d, input]}",
     {},
     fold<nn::MultiplyOp>,
     2,
     most},
    {"Average",
     "average",
     "mean of layers",
     "Average: {inputs: [conv2d, input]}",
     {},
     buildAverage,
     2,
     most},
    {"Maximum",
     "maximum",
     "largest elements of layers",
     "Maximum: {inputs: [conv2d, input]}",
     {},
     fold<nn::MaximumOp>,
     2,
     most},
    {"Minimum",
     "minimum",
     "smallest elements of layers",
     "Minimum: {inputs: [conv2d, input]}",
     {},
     fold<nn::MinimumOp>,
     2,
     most},
    {"Concatenate", "concatenate", "layers one after the other",
     "Concatenate: {inputs: [conv2d, input]}", concatenateArguments,
     buildConcatenate, 2, most},
};

llvm::ArrayRef<Row> lathe::frontend::mergingLayers() { return rows; }
