//===- NNDialect.cpp - Registration of the nn dialect ---------------------===//
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace lathe::nn;

#include "dialects/nn/NNDialect.cpp.inc"
#include "dialects/nn/NNEnums.cpp.inc"
#include "dialects/nn/NNInterfaces.cpp.inc"

void NNDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/nn/NNOps.cpp.inc"
      >();
  registerAttributes();
}

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.cpp.inc"
