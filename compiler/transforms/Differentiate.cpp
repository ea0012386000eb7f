//===- Differentiate.cpp - Reverse-mode differentiation -------------------===//
#include "compiler/transforms/Passes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/transforms/Passes.h.inc"

namespace {
/// The gradients found so far, by value.
class Gradients {
public:
  Gradients(OpBuilder &builder) : builder(builder) {}

  Value of(Value value) const { return byValue.lookup(value); }

  /// A value used more than once gets the sum of what its uses contribute.
  void add(Value value, Value gradient, Location loc) {
    Value &sum = byValue[value];
    sum = sum ? AddOp::create(builder, loc, value.getType(), sum, gradient)
                    .getResult()
              : gradient;
  }

private:
  OpBuilder &builder;
  DenseMap<Value, Value> byValue;
};

struct Differentiate : impl::DifferentiateBase<Differentiate> {
  void runOnOperation() override {
    SmallVector<GradientOp> requests;
    getOperation().walk([&](GradientOp op) { requests.push_back(op); });
    for (GradientOp request : requests)
      if (failed(resolve(request)))
        return signalPassFailure();
  }

  LogicalResult resolve(GradientOp request) {
    // What depends on the wanted values: only these have gradients.
    DenseSet<Value> active(request.getOf().begin(), request.getOf().end());
    SmallVector<Operation *> path;
    for (Operation &op : *request->getBlock()) {
      if (&op == request)
        break;
      if (llvm::none_of(op.getOperands(),
                        [&](Value v) { return active.contains(v); }))
        continue;
      active.insert(op.result_begin(), op.result_end());
      path.push_back(&op);
    }

    OpBuilder builder(request);
    Gradients gradients(builder);
    Value loss = request.getLoss();
    auto one = DenseElementsAttr::get(cast<ShapedType>(loss.getType()), 1.0f);
    gradients.add(loss, ConstantOp::create(builder, loss.getLoc(), one),
                  loss.getLoc());
    for (Operation *op : llvm::reverse(path))
      if (failed(backpropagate(op, active, gradients, builder)))
        return failure();

    for (auto [value, result] :
         llvm::zip_equal(request.getOf(), request.getGradients())) {
      Value gradient = gradients.of(value);
      if (!gradient)
        return mlir::emitError(value.getLoc(),
                               "this parameter has no influence on the loss");
      result.replaceAllUsesWith(gradient);
    }
    request.erase();
    return success();
  }

  LogicalResult backpropagate(Operation *op, const DenseSet<Value> &active,
                              Gradients &gradients, OpBuilder &builder) {
    SmallVector<Value> results = llvm::map_to_vector(
        op->getResults(), [&](Value v) { return gradients.of(v); });
    if (llvm::none_of(results, [](Value v) { return v != nullptr; }))
      return success();
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return op->emitError("this has no gradient (")
             << op->getName().stripDialect()
             << "), which the parameters before it need: put it before them, "
                "or freeze them";
    SmallVector<Value> operands = rule.buildGradients(builder, results);
    for (auto [operand, gradient] :
         llvm::zip_equal(op->getOperands(), operands))
      if (gradient && active.contains(operand))
        gradients.add(operand, gradient, op->getLoc());
    return success();
  }
};
} // namespace
} // namespace lathe
