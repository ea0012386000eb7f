//===- Updates.cpp - What is known of optimizer updates -------------------===//
#include "compiler/transforms/Updates.h"
#include "dialects/nn/NNDialect.h"

using namespace lathe::nn;

lathe::exec::CallOp lathe::firstUpdate(exec::FuncOp step) {
  for (auto call : step.getBody().getOps<exec::CallOp>()) {
    auto kernel = mlir::SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
        call, call.getKernelAttr());
    for (mlir::Operation &op : kernel.getBody().front())
      if (op.hasTrait<AppliesGradient>())
        return call;
  }
  return {};
}
