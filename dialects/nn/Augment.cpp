//===- Augment.cpp - Random augmentation: what verifiers demand -----------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include <cmath>

using namespace mlir;
using namespace lathe::nn;

LogicalResult DrawOp::verify() {
  if (!llvm::all_of(getNumbers(), [](double x) { return std::isfinite(x); }))
    return emitOpError("has numbers that are not finite");
  return success();
}

/// The result's type is c1, the draws' shape c2.
static LogicalResult verifyDraws(Operation *op, int64_t at, int64_t numbers) {
  ArrayRef<int64_t> image = shapeOf(op->getOperand(0));
  ArrayRef<int64_t> draws = shapeOf(op->getOperand(1));
  if (failed(needsShape(op, 1, op->getResult(0), image)))
    return failure();
  if (draws[0] != image[0] || draws[1] - numbers < at)
    return violates(op, 2) << "draws has a row for each image and " << numbers
                           << " columns from " << at << " on";
  return success();
}

LogicalResult WarpOp::verify() {
  return verifyDraws(*this, getAt(), DrawOp::transformNumbers);
}

LogicalResult MixOp::verify() { return verifyDraws(*this, 0, 6); }

int64_t AdjustOp::countNumbers(StringRef function) {
  return function == "erase" ? 5 : function == "enhance" ? 2 : 1;
}

LogicalResult AdjustOp::verify() {
  if (failed(verifyDraws(*this, getAt(), countNumbers(getFunction()))))
    return failure();
  bool needsColors = llvm::is_contained(
      ArrayRef<StringRef>{"grayscale", "hue", "saturation"}, getFunction());
  if (needsColors && shapeOf(getInput())[3] != 3)
    return violates(*this, 3) << getFunction() << " needs three channels";
  if (getFunction() == "enhance" && shapeOf(getInput())[3] != 3 &&
      shapeOf(getInput())[3] != 1)
    return violates(*this, 3) << "enhance needs one channel or three";
  if (!(getLow().convertToDouble() < getHigh().convertToDouble()))
    return violates(*this, 4) << "low is less than high";
  return success();
}
