//===- ChooseSchedules.cpp - The default schedule of each kernel ----------===//
#include "compiler/kernels/NaiveSchedule.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/Passes.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_CHOOSESCHEDULES
#include "compiler/transforms/Passes.h.inc"

namespace {
struct ChooseSchedules : impl::ChooseSchedulesBase<ChooseSchedules> {
  using Base::Base;
  ChooseSchedules() = default;
  ChooseSchedules(const ChooseSchedules &other) : ChooseSchedulesBase(other) {}

  Option<bool> naive{
      *this, "naive",
      llvm::cl::desc("the plainest schedules instead of the default ones"),
      llvm::cl::init(false)};

  void runOnOperation() override {
    std::optional<kernels::Isa> target = parseIsa(isa);
    if (!target) {
      getOperation().emitError("unknown instruction set ") << isa.getValue();
      return signalPassFailure();
    }
    for (auto kernel : getOperation().getOps<exec::KernelOp>())
      if (!kernel.getScheduleAttr() && failed(choose(kernel, *target)))
        return signalPassFailure();
  }

  LogicalResult choose(exec::KernelOp kernel, kernels::Isa target) {
    kernels::KernelSpec spec = kernelSpec(kernel, "");
    kernels::Schedule schedule = naive ? kernels::naiveSchedule(spec, target)
                                       : kernels::defaultSchedule(spec, target);
    if (schedule.strategy.empty())
      return mlir::emitError(kernel.getLoc())
             << "kernel " << kernel.getSymName() << " has no schedule: "
             << kernels::refusal(spec, schedule, target);
    kernel.setScheduleAttr(scheduleAttr(&getContext(), schedule));
    return success();
  }
};
} // namespace
} // namespace lathe
