//===- UseWinograd.cpp - 3x3 convolutions with fewer multiplications ------===//
#include "compiler/kernels/Advice.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_USEWINOGRAD
#include "compiler/transforms/Passes.h.inc"

namespace {
/// A convolution by 3x3 filters with strides of 1, be it a layer's or the
/// gradient of one for its data: `image` becomes `result`.
struct Convolution {
  Operation *op;
  Value image, filter;
  RankedTensorType result;
  SmallVector<int64_t> padding;
  bool transposed;

  int64_t extent(unsigned axis) const { return result.getDimSize(axis); }
  int64_t inChannels() const {
    return cast<RankedTensorType>(image.getType()).getDimSize(3);
  }
};

template <typename Op>
bool isPlain(Op op) {
  auto ones = [](std::optional<ArrayRef<int64_t>> values) {
    return !values || llvm::all_of(*values, [](int64_t v) { return v == 1; });
  };
  auto filter = cast<RankedTensorType>(op.getFilter().getType());
  return filter.getDimSize(0) == 3 && filter.getDimSize(1) == 3 &&
         ones(op.getStrides()) && ones(op.getDilations()) &&
         op.getGroups().value_or(1) == 1;
}

std::optional<Convolution> asConvolution(Operation *op) {
  if (auto forward = dyn_cast<Conv2DOp>(op); forward && isPlain(forward))
    return Convolution{op,
                       forward.getInput(),
                       forward.getFilter(),
                       cast<RankedTensorType>(forward.getResult().getType()),
                       llvm::to_vector(*forward.getPadding()),
                       false};
  if (auto backward = dyn_cast<Conv2DBackwardDataOp>(op);
      backward && isPlain(backward)) {
    SmallVector<int64_t> padding(backward.getPadding());
    for (int64_t &side : padding)
      side = 2 - side;
    if (llvm::all_of(padding, [](int64_t side) { return side >= 0; }))
      return Convolution{
          op,
          backward.getGradient(),
          backward.getFilter(),
          cast<RankedTensorType>(backward.getInputGradient().getType()),
          padding,
          true};
  }
  return std::nullopt;
}

struct UseWinograd : impl::UseWinogradBase<UseWinograd> {
  void runOnOperation() override {
    int64_t batch = batchSize(getOperation());
    Machine machine = machineOf(getOperation());
    for (auto step : getOperation().getOps<func::FuncOp>()) {
      bool prepared =
          step.getSymName() == predictName || step.getSymName() == evaluateName;
      for (Operation &op : llvm::make_early_inc_range(step.getOps()))
        if (std::optional<Convolution> c = asConvolution(&op))
          if (kernels::winogradPays(machine, batch, c->extent(1), c->extent(2),
                                    c->inChannels(), c->extent(3), prepared))
            replace(*c);
    }
  }

  static void replace(const Convolution &c) {
    OpBuilder builder(c.op);
    auto filter = WinogradFilterOp::create(
        builder, c.op->getLoc(),
        RankedTensorType::get({36, c.inChannels(), c.extent(3)},
                              c.result.getElementType()),
        c.filter, c.transposed);
    auto convolution = WinogradConv2DOp::create(
        builder, c.op->getLoc(), c.result, c.image, filter, c.padding);
    c.op->getResult(0).replaceAllUsesWith(convolution);
    c.op->erase();
  }
};
} // namespace
} // namespace lathe
