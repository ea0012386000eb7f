//===- VerifyStage.cpp - Checks what a stage promises ---------------------===//
#include "compiler/transforms/Contracts.h"
#include "compiler/transforms/Passes.h"
#include "dialects/nn/VariableLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "compiler/transforms/Passes.h.inc"

LogicalResult blame(Operation *op, const Twine &what, StringRef pass) {
  InFlightDiagnostic diagnostic = op->emitOpError(what);
  diagnostic.attachNote() << "a mistake of the compiler: '" << pass
                          << "' should have seen to it";
  return diagnostic;
}

namespace {
bool isStaticButForBatch(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return false;
  ArrayRef<int64_t> shape = tensor.getShape();
  return llvm::none_of(shape.drop_front(shape.empty() ? 0 : 1),
                       ShapedType::isDynamic);
}

LogicalResult verifyImported(ModuleOp module) {
  if (!module.lookupSymbol<func::FuncOp>(nn::forwardName))
    return blame(module, "has no @forward", "the frontend");
  return success();
}

LogicalResult verifyTypes(ModuleOp module, StringRef pass) {
  WalkResult result = module.walk([&](Operation *op) -> WalkResult {
    if (auto variable = dyn_cast<nn::VariableOp>(op)) {
      auto type = dyn_cast<RankedTensorType>(variable.getType());
      if (!type || !type.hasStaticShape())
        return blame(op, "has no static shape", "infer-shapes");
      if (!nn::hasValidLayouts(op, type))
        return blame(op, "has a layout of another shape", "sink-transposes");
    }
    for (Type type : op->getResultTypes())
      if (!isStaticButForBatch(type))
        return blame(op, "has an untyped result", "infer-shapes");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted() || failed(verifyShapes(module, pass)));
}

LogicalResult verifyTyped(ModuleOp module) {
  return verifyTypes(module, "sink-transposes");
}

LogicalResult verifyStepped(ModuleOp module) {
  if (!module.lookupSymbol<func::FuncOp>(nn::predictName) ||
      module.lookupSymbol(nn::forwardName))
    return blame(module, "is not divided into steps", "derive-steps");
  WalkResult result = module.walk([&](Operation *op) -> WalkResult {
    if (isa<nn::GradientOp>(op))
      return blame(op, "is left", "differentiate");
    if (isa<nn::ApplyGradientOp>(op))
      return blame(op, "is left", "append-optimizer");
    if (isa<nn::ModeOpInterface>(op) && isa<nn::MaxPool2DOp>(op) &&
        op->getParentOfType<func::FuncOp>().getSymName() == nn::trainStepName)
      return blame(op, "is not in its training form", "derive-steps");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted() ||
                 failed(verifyTypes(module, "canonicalize")));
}

LogicalResult verifyPlanned(ModuleOp module) {
  for (Operation &op : *module.getBody()) {
    if (auto kernel = dyn_cast<exec::KernelOp>(op)) {
      if (!kernel.getScheduleAttr())
        return blame(&op, "has no schedule", "choose-schedules");
    } else if (auto variable = dyn_cast<exec::VariableOp>(op)) {
      if (!nn::hasValidLayouts(variable, variable.getType()))
        return blame(&op, "has a layout of another shape", "plan-memory");
    } else if (!isa<exec::LayoutOp, exec::FuncOp, nn::DrawOp, nn::RecipeOp,
                    nn::ModelOp>(op)) {
      return blame(&op, "does not belong in the planned stage", "plan-memory");
    }
  }
  return verifyPlan(module);
}

struct Contract {
  StringLiteral stage;
  LogicalResult (*verify)(ModuleOp);
};
const Contract contracts[] = {{"imported", verifyImported},
                              {"typed", verifyTyped},
                              {"stepped", verifyStepped},
                              {"planned", verifyPlanned}};

struct VerifyStage : impl::VerifyStageBase<VerifyStage> {
  using Base::Base;

  void runOnOperation() override {
    const Contract *contract = llvm::find_if(
        contracts, [&](const Contract &c) { return c.stage == stage; });
    if (contract == std::end(contracts)) {
      getOperation().emitError("unknown stage ") << stage.getValue();
      return signalPassFailure();
    }
    if (failed(contract->verify(getOperation())))
      signalPassFailure();
  }
};
} // namespace
} // namespace lathe
