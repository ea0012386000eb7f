//===- RecomputeOperands.cpp - What is computed anew by each reader -------===//
#include "compiler/transforms/ComputedOperands.h"
#include "compiler/transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_RECOMPUTEOPERANDS
#include "compiler/transforms/Passes.h.inc"

namespace {
/// A convolution that computes its operand, or a mask.
bool canCompute(OpOperand &operand) {
  if (isa<ReluBackwardOp>(operand.getOwner()))
    return operand.getOperandNumber() == 1;
  return isa<WinogradConv2DOp, Conv2DBackwardWeightsOp>(operand.getOwner()) &&
         readsElementsOnce(operand);
}

/// The operations that compute a value from tensors that are stored anyway, in
/// program order; empty where that is not cheap.
SmallVector<Operation *> cheapChain(Value value) {
  Operation *last = value.getDefiningOp();
  if (isa_and_present<NormalizeBackwardOp, MaxPool2DBackwardOp>(last) &&
      isCheap(last))
    return {last};
  auto relu = dyn_cast_if_present<ReluOp>(last);
  auto normalize =
      relu ? relu.getInput().getDefiningOp<NormalizeOp>() : nullptr;
  // What nothing else reads is normalized before it is stored.
  if (!normalize || !normalize->hasOneUse() || normalize.getInput().hasOneUse())
    return {};
  return {normalize, relu};
}

struct RecomputeOperands : impl::RecomputeOperandsBase<RecomputeOperands> {
  void runOnOperation() override {
    SmallVector<Value> values;
    getOperation().walk([&](Operation *op) {
      if (op->getNumResults() == 1 && !op->use_empty())
        values.push_back(op->getResult(0));
    });
    for (Value value : values)
      if (llvm::all_of(value.getUses(), canCompute))
        if (SmallVector<Operation *> chain = cheapChain(value); !chain.empty())
          recompute(value, chain);
  }

  /// A copy of the chain before each reader.
  static void recompute(Value value, ArrayRef<Operation *> chain) {
    for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
      OpBuilder builder(use.getOwner());
      IRMapping copies;
      for (Operation *op : chain)
        builder.clone(*op, copies);
      use.set(copies.lookup(value));
    }
    for (Operation *op : llvm::reverse(chain))
      op->erase();
  }
};
} // namespace
} // namespace lathe
