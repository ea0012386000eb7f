//===- ComputedOperands.cpp - What kernels compute on the way in ----------===//
#include "compiler/transforms/ComputedOperands.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {

/// Filters of 3x3 with strides of 1. Of few channels only the gradient is
/// copied.
static bool copiesPixels(Conv2DBackwardWeightsOp op, bool image) {
  auto ones = [](std::optional<ArrayRef<int64_t>> values) {
    return !values || llvm::all_of(*values, [](int64_t v) { return v == 1; });
  };
  ArrayRef<int64_t> filter =
      cast<RankedTensorType>(op->getResult(0).getType()).getShape();
  bool manyChannels = filter[2] % 16 == 0 && filter[3] % 16 == 0;
  return filter[0] == 3 && filter[1] == 3 && (manyChannels || !image) &&
         ones(op.getStrides()) && ones(op.getDilations()) &&
         op.getGroups().value_or(1) == 1;
}

bool readsElementsOnce(OpOperand &operand) {
  Operation *reader = operand.getOwner();
  if (isa<WinogradConv2DOp>(reader))
    return operand.getOperandNumber() == 0;
  if (auto weights = dyn_cast<Conv2DBackwardWeightsOp>(reader))
    return copiesPixels(weights, operand.getOperandNumber() == 0);
  if (isa<BatchNormSumsOp>(reader))
    return operand.getOperandNumber() < 2; // not the means
  return isa<BiasBackwardOp, ReduceOp>(reader);
}

bool isCheap(Operation *op) {
  if (auto pooling = dyn_cast<MaxPool2DBackwardOp>(op)) {
    // An element lies in one window at most.
    auto sides = llvm::zip_equal(pooling.getPoolSize(), pooling.getStrides());
    return llvm::all_of(sides, [](auto side) {
      auto [size, stride] = side;
      return size <= stride;
    });
  }
  return isa<AddOp, BiasAddOp, MultiplyOp, NormalizeOp, NormalizeBackwardOp,
             ReluOp, ReluBackwardOp, ScaleOp, SubtractOp>(op);
}

} // namespace lathe
