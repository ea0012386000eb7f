//===- Dense.cpp - Fully connected layers ---------------------------------===//
#include "compiler/frontend/LayerBuilder.h"
#include "dialects/nn/NNDialect.h"

using namespace lathe;
using namespace lathe::frontend;

mlir::Value lathe::frontend::buildDense(LayerBuilder &layer) {
  int64_t units = layer.argument("units").integer;
  mlir::Value kernel =
      layer.parameter("kernel", {mlir::ShapedType::kDynamic, units},
                      layer.argument("kernel_initializer").text);
  return layer.finish(layer.create<nn::DenseOp>(layer.getInput(), kernel),
                      units);
}
