//===- Indexing.cpp - Operations along one axis: shapes -------------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

/// [outer, axis, inner] without the axis.
static FailureOr<RankedTensorType> withoutAxis(Operation *op) {
  RankedTensorType input = rankedType(op->getOperand(0));
  if (input.getRank() != 3)
    return op->emitOpError("needs a tensor of rank 3");
  return input.clone({input.getDimSize(0), input.getDimSize(2)});
}

LogicalResult AxisReduceOp::inferShapes() {
  FailureOr<RankedTensorType> type = withoutAxis(*this);
  if (succeeded(type))
    getResult().setType(*type);
  return type;
}

LogicalResult AxisArgOp::inferShapes() {
  FailureOr<RankedTensorType> type = withoutAxis(*this);
  if (succeeded(type))
    getResult().setType(type->clone(IntegerType::get(getContext(), 64)));
  return type;
}

LogicalResult GatherOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  RankedTensorType numbers = rankedType(getNumbers());
  if (input.getRank() != 3 || numbers.getRank() != 1)
    return emitOpError("needs a tensor of rank 3 and a vector of numbers");
  getResult().setType(input.clone(
      {input.getDimSize(0), numbers.getDimSize(0), input.getDimSize(2)}));
  return success();
}
