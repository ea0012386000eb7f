//===- ComputedOperands.cpp - What kernels compute on the way in ----------===//
#include "compiler/transforms/ComputedOperands.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {

/// Filters of 3x3 with strides of 1. Tasks are blocks of channels: each
/// computes the image for its block of 64 output channels, the gradient for its
/// block of 16 or 32 input channels, and what many tasks compute is better
/// stored. An image of few channels is not copied.
static bool copiesPixels(Conv2DBackwardWeightsOp op, bool image) {
  auto ones = [](std::optional<ArrayRef<int64_t>> values) {
    return !values || llvm::all_of(*values, [](int64_t v) { return v == 1; });
  };
  ArrayRef<int64_t> filter =
      cast<RankedTensorType>(op->getResult(0).getType()).getShape().take_back(
          4);
  int64_t in = filter[2], out = filter[3];
  bool byFewTasks = image ? in % 16 == 0 && out % 16 == 0 && out <= 128
                          : in <= 32 || (in <= 64 && out >= 128);
  return filter[0] == 3 && filter[1] == 3 && byFewTasks &&
         ones(op.getStrides()) && ones(op.getDilations()) &&
         op.getGroups().value_or(1) == 1;
}

/// A task has up to 64 output channels.
static bool hasFewTasks(WinogradConv2DOp op) {
  return cast<RankedTensorType>(op->getResult(0).getType()).getDimSize(3) <= 64;
}

bool readsElementsOnce(OpOperand &operand) {
  Operation *reader = operand.getOwner();
  if (auto convolution = dyn_cast<WinogradConv2DOp>(reader))
    return operand.getOperandNumber() == 0 && hasFewTasks(convolution);
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
