//===- Updates.cpp - What is known of optimizer updates -------------------===//
#include "compiler/transforms/Updates.h"
#include "dialects/nn/NNDialect.h"

using namespace lathe::nn;

bool lathe::appliesGradient(mlir::Operation *op) {
  return mlir::isa<SGDUpdateOp, RMSpropUpdateOp, AdamUpdateOp, AdagradUpdateOp,
                   LionUpdateOp, AccumulateGradientOp>(op);
}

lathe::exec::CallOp lathe::firstUpdate(exec::FuncOp step) {
  for (auto call : step.getBody().getOps<exec::CallOp>()) {
    auto kernel = mlir::SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
        call, call.getKernelAttr());
    for (mlir::Operation &op : kernel.getBody().front())
      if (appliesGradient(&op))
        return call;
  }
  return {};
}

bool lathe::keepsBounds(mlir::Operation *op) {
  return mlir::isa<DenseBackwardWeightsOp, RegularizeOp, ClipOp, ClipByNormOp>(
      op);
}
