//===- Pooling.cpp - Pooling ----------------------------------------------===//
#include "compiler/frontend/LayerBuilder.h"
#include "dialects/nn/NNDialect.h"

using namespace lathe;
using namespace lathe::frontend;

mlir::Value lathe::frontend::buildMaxPooling2D(LayerBuilder &layer) {
  const Setting &window = layer.argument("pool_size");
  const Setting &strides = layer.argument("strides");
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.create<nn::MaxPool2DOp>(
      layer.getInput(), builder.getDenseI64ArrayAttr(window.extents),
      builder.getDenseI64ArrayAttr(
          (strides.written ? strides : window).extents),
      mlir::DenseI64ArrayAttr(),
      builder.getStringAttr(layer.argument("padding").text));
}
