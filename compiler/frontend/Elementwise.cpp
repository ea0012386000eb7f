//===- Elementwise.cpp - Activations, scaling, dropout, reshaping ---------===//
#include "compiler/frontend/LayerBuilder.h"
#include "dialects/nn/NNDialect.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

Value lathe::frontend::buildRescaling(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.create<nn::ScaleOp>(
      layer.getInput(), builder.getF64FloatAttr(layer.argument("scale").number),
      builder.getF64FloatAttr(layer.argument("offset").number));
}

Value lathe::frontend::buildDropout(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  Value iteration = layer.state(nn::iterationName);
  Value seed = layer.state(nn::seedName);
  return layer.create<nn::DropoutOp>(
      layer.getInput(), iteration, seed,
      builder.getF64FloatAttr(layer.argument("rate").number),
      builder.getI64IntegerAttr(layer.nextRandomKey()),
      mlir::DenseI64ArrayAttr());
}

Value lathe::frontend::buildFlatten(LayerBuilder &layer) {
  return layer.create<nn::ReshapeOp>(
      layer.getInput(), layer.getBuilder().getDenseI64ArrayAttr({-1}));
}

Value lathe::frontend::buildReshape(LayerBuilder &layer) {
  return layer.create<nn::ReshapeOp>(
      layer.getInput(), layer.getBuilder().getDenseI64ArrayAttr(
                            layer.argument("target_shape").extents));
}

Value lathe::frontend::buildActivation(LayerBuilder &layer) {
  return layer.activate(layer.getInput(), layer.argument("activation").text);
}

Value lathe::frontend::buildReLU(LayerBuilder &layer) {
  return layer.activate(layer.getInput(), "relu");
}

Value lathe::frontend::buildSoftmax(LayerBuilder &layer) {
  return layer.activate(layer.getInput(), "softmax");
}

Value lathe::frontend::buildAdd(LayerBuilder &layer) {
  Value sum = layer.getInput();
  for (Value input : layer.getInputs().drop_front())
    sum = layer.create<nn::AddOp>(sum, input);
  return sum;
}
