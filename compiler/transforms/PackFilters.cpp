//===- PackFilters.cpp - 1x1 filters in the order of their use ------------===//
#include "compiler/kernels/Advice.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_PACKFILTERS
#include "compiler/transforms/Passes.h.inc"

namespace {
/// Whole vectors of every target, and whole pairs of cache lines.
constexpr int64_t packedChannels = 32;

bool are(int64_t value, std::optional<ArrayRef<int64_t>> values) {
  return !values ||
         llvm::all_of(*values, [=](int64_t v) { return v == value; });
}

struct PackFilters : impl::PackFiltersBase<PackFilters> {
  void runOnOperation() override {
    for (StringRef name : {predictName, evaluateName})
      if (auto step = getOperation().lookupSymbol<func::FuncOp>(name))
        for (Conv2DOp op : llvm::make_early_inc_range(step.getOps<Conv2DOp>()))
          if (pays(op))
            pack(op);
  }

  /// A filter that is computed anew in each step is not worth packing, nor is
  /// one for single pixels, whose samples are the rows of a matrix product.
  bool pays(Conv2DOp op) {
    auto read = op.getFilter().getDefiningOp<ReadOp>();
    auto filter = cast<RankedTensorType>(op.getFilter().getType());
    auto result = cast<RankedTensorType>(op.getResult().getType());
    return read &&
           getOperation()
                   .lookupSymbol<VariableOp>(read.getVariable())
                   .getKind() == VariableKind::Parameter &&
           filter.getDimSize(0) == 1 && filter.getDimSize(1) == 1 &&
           filter.getDimSize(3) % packedChannels == 0 &&
           kernels::rearrangingPays(machineOf(getOperation()),
                                    sizeInBytes(filter, 1)) &&
           result.getDimSize(1) * result.getDimSize(2) > 1 &&
           are(1, op.getStrides()) && are(0, op.getPadding()) &&
           op.getGroups().value_or(1) == 1;
  }

  static void pack(Conv2DOp op) {
    OpBuilder builder(op);
    auto filter = cast<RankedTensorType>(op.getFilter().getType());
    auto packed = PackFilterOp::create(
        builder, op.getLoc(),
        RankedTensorType::get({filter.getDimSize(3) / packedChannels,
                               filter.getDimSize(2), packedChannels},
                              filter.getElementType()),
        op.getFilter());
    auto convolution = PackedConv2DOp::create(
        builder, op.getLoc(), op.getResult().getType(), op.getInput(), packed);
    op.getResult().replaceAllUsesWith(convolution);
    op.erase();
  }
};
} // namespace
} // namespace lathe
