//===- SliceGradients.cpp - Gradients of weights for many cores -----------===//
#include "compiler/kernels/Advice.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_SLICEGRADIENTS
#include "compiler/transforms/Passes.h.inc"

namespace {
/// The columns of the matrix that the sums of a slice are for the kernel that
/// adds them up: whole rows of the filter, as long as some vectors.
constexpr int64_t fewestColumns = 64;

struct SliceGradients : impl::SliceGradientsBase<SliceGradients> {
  void runOnOperation() override {
    Machine machine = machineOf(getOperation());
    SmallVector<Conv2DBackwardWeightsOp> gradients;
    getOperation().walk([&](Conv2DBackwardWeightsOp op) {
      if (!op.getSlices())
        gradients.push_back(op);
    });
    for (Conv2DBackwardWeightsOp op : gradients)
      if (int64_t slices =
              kernels::weightGradientSlices(kernelSpec(op), machine);
          slices > 1)
        slice(op, slices);
  }

  static void slice(Conv2DBackwardWeightsOp op, int64_t slices) {
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto filter = cast<RankedTensorType>(op.getFilterGradient().getType());
    SmallVector<int64_t> shape(filter.getShape());
    shape.insert(shape.begin(), slices);
    Value apart = Conv2DBackwardWeightsOp::create(
        builder, loc, filter.clone(shape), op.getInput(), op.getGradient(),
        op.getStridesAttr(), op.getPaddingAttr(), op.getDilationsAttr(),
        op.getGroupsAttr(), builder.getI64IntegerAttr(slices));

    int64_t columns = 1;
    for (int64_t extent : llvm::reverse(filter.getShape()))
      if (columns < fewestColumns)
        columns *= extent;
    int64_t rows = filter.getNumElements() / columns;
    auto matrix = filter.clone({rows, columns});
    apart = ReshapeOp::create(builder, loc, apart,
                              filter.clone({slices, rows, columns}));
    Value sum = ReduceOp::create(
        builder, loc, matrix, apart, builder.getStringAttr("sum"),
        builder.getDenseI64ArrayAttr({0}), builder.getBoolAttr(false));
    op.getFilterGradient().replaceAllUsesWith(
        ReshapeOp::create(builder, loc, sum, filter));
    op.erase();
  }
};
} // namespace
} // namespace lathe
