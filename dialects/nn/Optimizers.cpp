//===- Optimizers.cpp - Which operand an update overwrites ----------------===//
#include "dialects/nn/NNDialect.h"

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
