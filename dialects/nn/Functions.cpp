//===- Functions.cpp - Functions of elements of any type: shapes ----------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe::nn;

LogicalResult MathOp::inferShapes() { return keepOperandType(*this); }
LogicalResult CombineOp::inferShapes() { return keepOperandType(*this); }

LogicalResult CompareOp::inferShapes() {
  getResult().setType(rankedType(getLhs()).clone(
      IntegerType::get(getContext(), 8, IntegerType::Unsigned)));
  return success();
}

LogicalResult SelectOp::inferShapes() {
  getResult().setType(
      rankedType(getCondition()).clone(rankedType(getLhs()).getElementType()));
  return success();
}

LogicalResult CastOp::inferShapes() {
  getResult().setType(rankedType(getInput()).clone(getElementType()));
  return success();
}
