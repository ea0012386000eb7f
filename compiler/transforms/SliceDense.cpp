//===- SliceDense.cpp - Long sums of dense layers for many cores ----------===//
#include "compiler/kernels/Advice.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_SLICEDENSE
#include "compiler/transforms/Passes.h.inc"

namespace {
struct SliceDense : impl::SliceDenseBase<SliceDense> {
  void runOnOperation() override {
    Machine machine = machineOf(getOperation());
    SmallVector<DenseOp> layers;
    getOperation().walk([&](DenseOp op) { layers.push_back(op); });
    for (DenseOp op : layers)
      if (int64_t slices = kernels::denseSlices(kernelSpec(op), machine);
          slices > 1)
        slice(op, slices);
  }

  static void slice(DenseOp op, int64_t slices) {
    OpBuilder builder(op);
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    auto apart = type.clone({type.getDimSize(0), slices, type.getDimSize(1)});
    Value sums = PartialDenseOp::create(builder, op.getLoc(), apart,
                                        op.getInput(), op.getKernel());
    Value sum = ReduceOp::create(
        builder, op.getLoc(), type, sums, builder.getStringAttr("sum"),
        builder.getDenseI64ArrayAttr({1}), builder.getBoolAttr(false));
    op.getOutput().replaceAllUsesWith(sum);
    op.erase();
  }
};
} // namespace
} // namespace lathe
