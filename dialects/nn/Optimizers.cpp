//===- Optimizers.cpp - Which operand an update overwrites ----------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"

using namespace mlir;
using namespace lathe::nn;

// The results are the parameter and the slots; the gradient, operand 1, stands
// between them.
static unsigned skipGradient(unsigned result) {
  return result == 0 ? 0 : result + 1;
}

unsigned SGDUpdateOp::getInPlaceOperand(unsigned result) {
  return skipGradient(result);
}

unsigned RMSpropUpdateOp::getInPlaceOperand(unsigned result) {
  return skipGradient(result);
}

unsigned AdamUpdateOp::getInPlaceOperand(unsigned result) {
  return skipGradient(result);
}

unsigned AdagradUpdateOp::getInPlaceOperand(unsigned result) {
  return skipGradient(result);
}

unsigned LionUpdateOp::getInPlaceOperand(unsigned result) {
  return skipGradient(result);
}

unsigned AccumulateGradientOp::getInPlaceOperand(unsigned) { return 0; }

unsigned AverageWeightsOp::getInPlaceOperand(unsigned) { return 0; }

unsigned IncrementOp::getInPlaceOperand(unsigned) { return 0; }

//===- Constraints --------------------------------------------------------===//

/// c1: all tensors of an update have the parameter's type; single numbers
/// besides come last.
static LogicalResult verifyAlike(Operation *update, ValueRange tensors) {
  return needShape(update, 1, tensors, shapeOf(update->getOperand(0)));
}

LogicalResult SGDUpdateOp::verify() {
  if (!getVelocity() != !getNewVelocity())
    return violates(*this, 2) << "a velocity needs a new one";
  return verifyAlike(*this, getOperands().drop_back());
}

LogicalResult RMSpropUpdateOp::verify() {
  unsigned wanted = getCentered() + !getMomentum().isZero();
  if (getSlots().size() != wanted || getNewSlots().size() != wanted)
    return violates(*this, 2) << "needs " << wanted << " slots behind the "
                              << "velocity, and as many new ones";
  return verifyAlike(*this, getOperands().drop_back());
}

LogicalResult AdamUpdateOp::verify() {
  return verifyAlike(*this, getOperands().drop_back(2));
}

LogicalResult AdagradUpdateOp::verify() {
  return verifyAlike(*this, getOperands().drop_back());
}

LogicalResult LionUpdateOp::verify() {
  return verifyAlike(*this, getOperands().drop_back());
}

LogicalResult AccumulateGradientOp::verify() {
  return verifyAlike(*this, getOperands().drop_back());
}

LogicalResult AverageWeightsOp::verify() {
  return verifyAlike(*this, getOperands().drop_back());
}
