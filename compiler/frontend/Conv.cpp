//===- Conv.cpp - Convolutions --------------------------------------------===//
#include "compiler/frontend/LayerBuilder.h"
#include "dialects/nn/NNDialect.h"

using namespace lathe;
using namespace lathe::frontend;

mlir::Value lathe::frontend::buildConv2D(LayerBuilder &layer) {
  const Setting &window = layer.argument("kernel_size");
  int64_t height = window.extents[0], width = window.extents[1];
  int64_t filters = layer.argument("filters").integer;
  if (height * width * filters >= maxElements)
    return layer.error(window,
                       "the layer's weights have 2^31 elements or more, "
                       "which is too large");
  mlir::Value kernel = layer.parameter(
      "kernel", {height, width, mlir::ShapedType::kDynamic, filters},
      layer.argument("kernel_initializer").text);
  mlir::OpBuilder &builder = layer.getBuilder();
  mlir::Value result = layer.create<nn::Conv2DOp>(
      layer.getInput(), kernel,
      builder.getDenseI64ArrayAttr(layer.argument("strides").extents),
      mlir::DenseI64ArrayAttr(),
      builder.getStringAttr(layer.argument("padding").text),
      mlir::DenseI64ArrayAttr(), mlir::IntegerAttr());
  return layer.finish(result, filters);
}
