//===- ChooseSchedules.cpp - The default schedule of each kernel ----------===//
#include "compiler/kernels/NaiveSchedule.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/ModuleMachine.h"
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
    Machine machine = machineOf(getOperation());
    for (auto kernel : getOperation().getOps<exec::KernelOp>())
      if (!kernel.getScheduleAttr() && failed(choose(kernel, machine)))
        return signalPassFailure();
  }

  LogicalResult choose(exec::KernelOp kernel, const Machine &machine) {
    kernels::KernelSpec spec = kernelSpec(kernel, "");
    kernels::Schedule schedule = naive
                                     ? kernels::naiveSchedule(spec, machine)
                                     : kernels::defaultSchedule(spec, machine);
    if (schedule.strategy.empty())
      return mlir::emitError(kernel.getLoc())
             << "kernel " << kernel.getSymName() << " has no schedule: "
             << kernels::refusal(spec, schedule, machine);
    kernel.setScheduleAttr(scheduleAttr(&getContext(), schedule));
    return success();
  }
};
} // namespace
} // namespace lathe
