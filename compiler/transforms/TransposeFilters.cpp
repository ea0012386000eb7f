//===- TransposeFilters.cpp - Gradients of the data as convolutions -------===//
#include "compiler/kernels/Advice.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_TRANSPOSEFILTERS
#include "compiler/transforms/Passes.h.inc"

namespace {
bool isOne(std::optional<ArrayRef<int64_t>> values) {
  return !values || llvm::all_of(*values, [](int64_t v) { return v == 1; });
}

struct TransposeFilters : impl::TransposeFiltersBase<TransposeFilters> {
  void runOnOperation() override {
    SmallVector<Conv2DBackwardDataOp> gradients;
    getOperation().walk(
        [&](Conv2DBackwardDataOp op) { gradients.push_back(op); });
    Machine machine = machineOf(getOperation());
    for (Conv2DBackwardDataOp op : gradients)
      rewrite(op, machine);
  }

  static void rewrite(Conv2DBackwardDataOp op, const Machine &machine) {
    auto filter = cast<RankedTensorType>(op.getFilter().getType());
    ArrayRef<int64_t> shape = filter.getShape();
    if (!isOne(op.getStrides()) || !isOne(op.getDilations()) ||
        op.getGroups().value_or(1) != 1 ||
        !kernels::rearrangingPays(machine, sizeInBytes(filter, 1)))
      return;
    // What the layer's padding does not cover, its gradient's does.
    SmallVector<int64_t> padding(op.getPadding());
    for (auto [side, pad] : llvm::enumerate(padding)) {
      pad = shape[side / 2] - 1 - pad;
      if (pad < 0)
        return;
    }
    OpBuilder builder(op);
    auto transposed = TransposeFilterOp::create(
        builder, op.getLoc(),
        RankedTensorType::get({shape[0], shape[1], shape[3], shape[2]},
                              filter.getElementType()),
        op.getFilter());
    OperationState state(op.getLoc(), Conv2DOp::getOperationName());
    state.addOperands({op.getGradient(), transposed});
    state.addTypes(op.getInputGradient().getType());
    state.addAttribute("strides", builder.getDenseI64ArrayAttr({1, 1}));
    state.addAttribute("padding", builder.getDenseI64ArrayAttr(padding));
    Operation *convolution = builder.create(state);
    op.getInputGradient().replaceAllUsesWith(convolution->getResult(0));
    op.erase();
  }
};
} // namespace
} // namespace lathe
