//===- Augment.cpp - Random augmentation: what verifiers demand -----------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include "llvm/ADT/StringSwitch.h"
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
  if (failed(verifyDraws(*this, getAt(), DrawOp::transformNumbers)))
    return failure();
  if (!getField())
    return success();
  SmallVector<int64_t> shape(shapeOf(getInput()));
  shape[3] = 2;
  if (shapeOf(getField()) != ArrayRef(shape))
    return violates(*this, 3)
           << "the field has the input's rows and columns, and two channels";
  return success();
}

LogicalResult NoiseOp::verify() {
  ArrayRef<int64_t> draws = shapeOf(getDraws());
  if (draws[0] != shapeOf(getOutput())[0] ||
      draws[1] - 3 < static_cast<int64_t>(getAt()))
    return violates(*this, 1)
           << "draws has a row for each image and three columns from "
           << getAt() << " on";
  return success();
}

LogicalResult BlurOp::verify() {
  return verifyDraws(*this, getAt(), getRadii()[0] + getRadii()[1] + 2);
}

LogicalResult BlendOp::verify() {
  if (failed(verifyDraws(*this, getAt(), 2)))
    return failure();
  return needsShape(*this, 1, getOther(), shapeOf(getInput()));
}

LogicalResult MixOp::verify() { return verifyDraws(*this, 0, 6); }

int64_t AdjustOp::countNumbers(StringRef function, int64_t channels) {
  return llvm::StringSwitch<int64_t>(function)
      .Case("channel_shift", channels)
      .Case("erase", 5)
      .Case("enhance", 2)
      .Case("gaussian_noise", 4)
      .Case("salt_and_pepper", 4)
      .Default(1);
}

LogicalResult AdjustOp::verify() {
  if (failed(verifyDraws(*this, getAt(),
                         countNumbers(getFunction(), shapeOf(getInput())[3]))))
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
