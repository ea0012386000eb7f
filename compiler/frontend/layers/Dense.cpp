//===- Dense.cpp - Fully connected layers ---------------------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;

static mlir::Value buildDense(LayerBuilder &layer) {
  int64_t units = layer.argument("units").integer;
  mlir::Value kernel = layer.parameter("kernel", {unknown, units});
  if (!kernel)
    return {};
  return layer.finish(layer.create<nn::DenseOp>(layer.getInput(), kernel),
                      units);
}

static constexpr Argument denseArguments[] = {
    {.name = "units",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "number of outputs",
     .range = extentRange},
    activation,
    useBias,
    kernelInitializer,
    biasInitializer,
    kernelRegularizer,
    biasRegularizer,
};

static constexpr Row rows[] = {
    {"Dense", "dense", "product with a matrix, along the last dimension",
     "Dense: {units: 10, activation: softmax}", denseArguments, buildDense},
};

llvm::ArrayRef<Row> lathe::frontend::denseLayers() { return rows; }
