//===- PrepareWeights.cpp - What inference needs of parameters alone ------===//
#include "compiler/transforms/Passes.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_PREPAREWEIGHTS
#include "compiler/transforms/Passes.h.inc"

/// A parameter, as it is or reshaped, or a constant: nothing to compute.
static bool isAtHand(Operation *op) {
  if (isa<ReshapeOp>(op))
    return op->getOperand(0).getDefiningOp() &&
           isAtHand(op->getOperand(0).getDefiningOp());
  return isa<ReadOp>(op) || op->hasTrait<OpTrait::ConstantLike>();
}

namespace {
struct PrepareWeights : impl::PrepareWeightsBase<PrepareWeights> {
  void runOnOperation() override {
    auto predict = getOperation().lookupSymbol<func::FuncOp>(predictName);
    if (!predict)
      return;
    OpBuilder builder(predict);
    prepare = func::FuncOp::create(builder, predict.getLoc(), prepareName,
                                   builder.getFunctionType({}, {}));
    Block *body = prepare.addEntryBlock();
    builder.setInsertionPointToEnd(body);
    func::ReturnOp::create(builder, predict.getLoc());

    take(predict);
    if (auto evaluate = getOperation().lookupSymbol<func::FuncOp>(evaluateName))
      take(evaluate);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*body)))
      if (op.use_empty() && !isa<AssignOp, func::ReturnOp>(op))
        op.erase();
    if (places.empty())
      prepare.erase();
  }

  /// Moves what `step` computes of parameters. Equal operations of several
  /// steps become one.
  void take(func::FuncOp step) {
    IRMapping copies;
    SmallVector<Operation *> taken;
    for (Operation &op : step.getOps()) {
      if (!dependsOnParametersAlone(&op, copies))
        continue;
      Operation *copy = copyOf(&op, copies);
      for (auto [from, to] :
           llvm::zip_equal(op.getResults(), copy->getResults()))
        copies.map(from, to);
      taken.push_back(&op);
    }
    for (Operation *op : taken)
      for (OpResult result : op->getResults())
        if (llvm::any_of(result.getUsers(),
                         [&](Operation *user) {
                           return !llvm::is_contained(taken, user);
                         }) &&
            !isAtHand(op))
          readPrepared(result, copies.lookup(result), taken);
    for (Operation *op : llvm::reverse(taken))
      if (op->use_empty())
        op->erase();
  }

  bool dependsOnParametersAlone(Operation *op, const IRMapping &copies) {
    if (auto read = dyn_cast<ReadOp>(op))
      return getOperation()
                 .lookupSymbol<VariableOp>(read.getVariable())
                 .getKind() == VariableKind::Parameter;
    if (op->hasTrait<OpTrait::ConstantLike>())
      return true;
    return op->getNumOperands() > 0 && isPure(op) &&
           !op->hasTrait<OpTrait::IsTerminator>() &&
           llvm::all_of(op->getOperands(),
                        [&](Value v) { return copies.contains(v); }) &&
           llvm::all_of(op->getResultTypes(), [](Type type) {
             return cast<ShapedType>(type).hasStaticShape();
           });
  }

  /// The operation in @prepare, where there may be such a one already.
  Operation *copyOf(Operation *op, IRMapping &copies) {
    OpBuilder builder(prepare.front().getTerminator());
    Operation *copy = builder.clone(*op, copies);
    for (Operation &other : prepare.front()) {
      if (&other == copy)
        break;
      if (OperationEquivalence::isEquivalentTo(
              &other, copy, OperationEquivalence::IgnoreLocations)) {
        copy->erase();
        return &other;
      }
    }
    return copy;
  }

  /// Uses of `result` outside of `taken` read the variable that @prepare sets
  /// to `computed`.
  void readPrepared(OpResult result, Value computed,
                    ArrayRef<Operation *> taken) {
    VariableOp &place = places[computed];
    if (!place) {
      OpBuilder builder(prepare);
      place =
          VariableOp::create(builder, result.getLoc(), VariableKind::Prepared,
                             freeName(), cast<TensorType>(result.getType()));
      builder.setInsertionPoint(prepare.front().getTerminator());
      AssignOp::create(builder, result.getLoc(), place.getSymName(), computed);
    }
    OpBuilder builder(result.getOwner());
    Value read = readVariable(builder, result.getLoc(), place);
    result.replaceUsesWithIf(read, [&](OpOperand &use) {
      return !llvm::is_contained(taken, use.getOwner());
    });
  }

  /// prepared/0, prepared/1, ..., without those that parameters have.
  std::string freeName() {
    std::string name;
    do
      name = ("prepared/" + Twine(next++)).str();
    while (getOperation().lookupSymbol(name));
    return name;
  }

  func::FuncOp prepare;
  unsigned next = 0; ///< number of a prepared variable
  DenseMap<Value, VariableOp> places;
};
} // namespace
} // namespace lathe
