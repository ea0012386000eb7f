//===- HoistUpdates.cpp - Large updates before the small ones -------------===//
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StepPlanner.h"
#include "compiler/transforms/Updates.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace lathe::exec;
using lathe::nn::AssignOp;
using lathe::nn::ReadOp;

namespace lathe {
#define GEN_PASS_DEF_HOISTUPDATES
#include "compiler/transforms/Passes.h.inc"

namespace {
/// The later of two operations of a block, of which one may be null.
Operation *later(Operation *a, Operation *b) {
  if (!a || !b)
    return a ? a : b;
  return a->isBeforeInBlock(b) ? b : a;
}

struct HoistUpdates : impl::HoistUpdatesBase<HoistUpdates> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<DispatchOp> updates;
      for (auto dispatch : function.getOps<DispatchOp>())
        if (isLargeUpdate(dispatch))
          updates.push_back(dispatch);
      Operation *gradients = lastBeforeUpdates(function);
      for (DispatchOp update : updates)
        hoist(update, gradients);
    }
  }

  /// Updates come after all gradients: the guard between them ends a step that
  /// is not finite before anything is written.
  Operation *lastBeforeUpdates(func::FuncOp function) {
    for (auto dispatch : function.getOps<DispatchOp>())
      if (llvm::any_of(kernelOf(dispatch).getBody().front(), [](Operation &op) {
            return op.hasTrait<nn::AppliesGradient>();
          }))
        return dispatch->getPrevNode();
    return nullptr;
  }

  KernelOp kernelOf(DispatchOp dispatch) {
    return SymbolTable::lookupNearestSymbolFrom<KernelOp>(
        dispatch, dispatch.getKernelAttr());
  }

  bool isLargeUpdate(DispatchOp dispatch) {
    auto type = cast<RankedTensorType>(dispatch->getResult(0).getType());
    return !kernelOf(dispatch).getInPlace().empty() && type.hasStaticShape() &&
           type.getNumElements() >= largeUpdateElements;
  }

  /// Behind `last`, everything the update needs, and all that reads the old
  /// values of what it overwrites.
  void hoist(DispatchOp update, Operation *last) {
    for (Value operand : update.getInputs())
      last = later(last, hoistOnlyUse(operand));
    DenseSet<StringAttr> written;
    for (int64_t operand : kernelOf(update).getInPlace())
      if (auto read = update.getInputs()[operand].getDefiningOp<ReadOp>())
        written.insert(read.getVariableAttr().getAttr());
    for (auto read : update->getBlock()->getOps<ReadOp>())
      if (written.contains(read.getVariableAttr().getAttr()))
        for (Operation *user : read->getUsers())
          if (user != update)
            last = later(last, user);
    if (!last)
      return;
    moveBehind(update, last);
    for (Operation *user : update->getUsers())
      if (isa<AssignOp>(user))
        user->moveAfter(update);
  }

  /// What computes `value`; a kernel that does so for its only user moves up to
  /// its own operands: it prepares a gradient.
  Operation *hoistOnlyUse(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op || isa<ReadOp>(op))
      return nullptr;
    auto dispatch = dyn_cast<DispatchOp>(op);
    if (!dispatch || !value.hasOneUse() || dispatch->getNumResults() != 1)
      return op;
    Operation *last = nullptr;
    for (Value operand : dispatch.getInputs())
      if (Operation *definition = operand.getDefiningOp())
        if (!isa<ReadOp>(definition))
          last = later(last, definition);
    if (last)
      moveBehind(dispatch, last);
    return op;
  }

  /// Reads that now come too late go along.
  static void moveBehind(DispatchOp dispatch, Operation *last) {
    dispatch->moveAfter(last);
    for (Value operand : dispatch.getInputs())
      if (auto read = operand.getDefiningOp<ReadOp>())
        if (dispatch->isBeforeInBlock(read))
          read->moveBefore(dispatch);
  }
};
} // namespace
} // namespace lathe
