//===- Functions.cpp - Functions of elements of any type: shapes ----------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include "mlir/IR/TypeUtilities.h"

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

//===- Types of elements --------------------------------------------------===//

/// The error of an operation whose elements do not fit.
static LogicalResult misfit(Operation *op, Value value) {
  return violates(op, 1) << "does not take elements of the type "
                         << getElementTypeOrSelf(value);
}

LogicalResult MathOp::verify() {
  Type element = getElementTypeOrSelf(getInput());
  bool ofAll =
      llvm::is_contained<StringRef>({"abs", "negate", "sign"}, getFunction());
  bool fits = getFunction() == "not" ? element.isInteger(8)
              : ofAll                ? !element.isInteger(8)
                                     : element.isF32();
  return fits ? success() : misfit(*this, getInput());
}

LogicalResult CombineOp::verify() {
  Type element = getElementTypeOrSelf(getLhs());
  bool ofTruths =
      llvm::is_contained<StringRef>({"and", "or", "xor"}, getFunction());
  if (getElementTypeOrSelf(getResult()) != element ||
      (ofTruths && !element.isInteger(8)))
    return misfit(*this, getLhs());
  if (getFunction() != "power" && getElementTypeOrSelf(getRhs()) != element)
    return misfit(*this, getRhs());
  return success();
}

LogicalResult CompareOp::verify() {
  return getElementTypeOrSelf(getLhs()) == getElementTypeOrSelf(getRhs())
             ? success()
             : misfit(*this, getRhs());
}

LogicalResult SelectOp::verify() {
  for (Value value : {getLhs(), getRhs()})
    if (getElementTypeOrSelf(value) != getElementTypeOrSelf(getResult()))
      return misfit(*this, value);
  return success();
}

LogicalResult CastOp::verify() {
  return getElementTypeOrSelf(getResult()) == getElementType()
             ? success()
             : misfit(*this, getResult());
}
