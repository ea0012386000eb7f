//===- Conv.cpp - Convolutions: shapes and gradients ----------------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult Conv2DOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  if (input.getRank() != 4)
    return mlir::emitError(getLoc())
           << "Conv2D needs an image (height x width x channels), but its "
              "input has shape "
           << describeShape(input)
           << "; place it before Flatten, or add a Reshape";
  ArrayRef<int64_t> image = input.getShape().drop_front();
  RankedTensorType filter = rankedType(getFilter());
  SmallVector<int64_t> filterShape(filter.getShape());
  filterShape[2] = image[2];
  if (failed(refineParameter(*this, getFilter(), filterShape)))
    return failure();

  FailureOr<Window> window = inferWindow(
      *this, image.take_front(2), ArrayRef(filterShape).take_front(2),
      getStrides(), getAutoPadding().value_or(""),
      getPadding().value_or(ArrayRef<int64_t>()), "kernel_size");
  if (failed(window))
    return failure();
  setPadding(window->padding);
  removeAutoPaddingAttr();
  getResult().setType(
      RankedTensorType::get({input.getDimSize(0), window->output[0],
                             window->output[1], filterShape[3]},
                            input.getElementType()));
  return success();
}

SmallVector<Value> Conv2DOp::buildGradients(OpBuilder &builder,
                                            ValueRange gradients) {
  Value dy = gradients[0];
  ArrayRef<int64_t> padding = *getPadding();
  return {Conv2DBackwardDataOp::create(builder, getLoc(), getInput().getType(),
                                       dy, getFilter(), getStrides(), padding),
          Conv2DBackwardWeightsOp::create(builder, getLoc(),
                                          getFilter().getType(), getInput(), dy,
                                          getStrides(), padding)};
}
