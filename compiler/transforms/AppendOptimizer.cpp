//===- AppendOptimizer.cpp - From gradients to updates --------------------===//
#include "compiler/transforms/Passes.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_APPENDOPTIMIZER
#include "compiler/transforms/Passes.h.inc"

namespace {
/// The tensors of one update.
struct UpdateOperands {
  Value parameter, gradient;
  SmallVector<Value, 2> slots;
  Value learningRate, iteration;
  DictionaryAttr arguments;

  FloatAttr number(StringRef name) const {
    return arguments.getAs<FloatAttr>(name);
  }
  bool nonZero(StringRef name) const {
    FloatAttr value = number(name);
    return value && !value.getValue().isZero();
  }
};

bool hasMomentum(DictionaryAttr arguments) {
  auto momentum = arguments.getAs<FloatAttr>("momentum");
  return momentum && !momentum.getValue().isZero();
}

/// An optimizer: the slots that each parameter has, and its update.
struct Optimizer {
  StringLiteral name;
  SmallVector<StringRef, 2> (*slots)(DictionaryAttr arguments);
  Operation *(*update)(OpBuilder &, Location, const UpdateOperands &);
};

Operation *buildSGD(OpBuilder &builder, Location loc,
                    const UpdateOperands &in) {
  Type type = in.parameter.getType();
  Value velocity = in.slots.empty() ? Value() : in.slots[0];
  return SGDUpdateOp::create(builder, loc, type, velocity ? type : Type(),
                             in.parameter, in.gradient, velocity,
                             in.learningRate, in.number("momentum"),
                             in.arguments.getAs<BoolAttr>("nesterov"));
}

Operation *buildRMSprop(OpBuilder &builder, Location loc,
                        const UpdateOperands &in) {
  Type type = in.parameter.getType();
  Value momentum = in.slots.size() > 1 ? in.slots[1] : Value();
  return RMSpropUpdateOp::create(
      builder, loc, type, type, momentum ? type : Type(), in.parameter,
      in.gradient, in.slots[0], momentum, in.learningRate, in.number("rho"),
      in.number("epsilon"), in.number("momentum"));
}

Operation *buildAdam(OpBuilder &builder, Location loc,
                     const UpdateOperands &in) {
  Type type = in.parameter.getType();
  return AdamUpdateOp::create(
      builder, loc, type, type, type, in.parameter, in.gradient, in.slots[0],
      in.slots[1], in.learningRate, in.iteration, in.number("beta_1"),
      in.number("beta_2"), in.number("epsilon"));
}

const Optimizer optimizers[] = {
    {"sgd",
     [](DictionaryAttr arguments) -> SmallVector<StringRef, 2> {
       if (hasMomentum(arguments))
         return {"momentum"};
       return {};
     },
     buildSGD},
    {"rmsprop",
     [](DictionaryAttr arguments) -> SmallVector<StringRef, 2> {
       if (hasMomentum(arguments))
         return {"velocity", "momentum"};
       return {"velocity"};
     },
     buildRMSprop},
    {"adam",
     [](DictionaryAttr) -> SmallVector<StringRef, 2> {
       return {"momentum", "velocity"};
     },
     buildAdam},
};

struct AppendOptimizer : impl::AppendOptimizerBase<AppendOptimizer> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<ApplyGradientOp> requests;
    module.walk([&](ApplyGradientOp op) { requests.push_back(op); });
    if (requests.empty())
      return;
    RecipeOp recipe = *module.getOps<RecipeOp>().begin();
    auto name = recipe.getOptimizer().getAs<StringAttr>("name");
    const Optimizer *optimizer = llvm::find_if(
        optimizers, [&](const Optimizer &o) { return name == o.name; });
    if (optimizer == std::end(optimizers)) {
      recipe.emitError("unknown optimizer ") << name;
      return signalPassFailure();
    }
    SymbolTable symbols(module);
    declareSlots(requests, *optimizer, recipe.getOptimizer(), symbols);
    for (ApplyGradientOp request : requests)
      replace(request, *optimizer, recipe.getOptimizer(), symbols);
  }

  static std::string slotName(StringRef slot, ApplyGradientOp request) {
    return ("optimizer/" + slot + "/" + request.getVariable()).str();
  }

  /// All slots of one kind stand together, in the order of the parameters, so
  /// that they lie in memory as the parameters do.
  void declareSlots(ArrayRef<ApplyGradientOp> requests,
                    const Optimizer &optimizer, DictionaryAttr arguments,
                    SymbolTable &symbols) {
    OpBuilder builder(requests.front()->getParentOp());
    for (StringRef slot : optimizer.slots(arguments))
      for (ApplyGradientOp request : requests)
        symbols.insert(VariableOp::create(
            builder, request.getLoc(), VariableKind::State,
            slotName(slot, request), request.getGradient().getType()));
  }

  void replace(ApplyGradientOp request, const Optimizer &optimizer,
               DictionaryAttr arguments, SymbolTable &symbols) {
    OpBuilder builder(request);
    Location loc = request.getLoc();
    auto read = [&](StringRef name) {
      return readVariable(builder, loc, symbols.lookup<VariableOp>(name));
    };
    UpdateOperands operands;
    operands.parameter = read(request.getVariable());
    operands.gradient = request.getGradient();
    operands.learningRate = read(learningRateName);
    operands.iteration = read(iterationName);
    operands.arguments = arguments;
    SmallVector<std::string> written{request.getVariable().str()};
    for (StringRef slot : optimizer.slots(arguments)) {
      written.push_back(slotName(slot, request));
      operands.slots.push_back(read(written.back()));
    }

    Operation *update = optimizer.update(builder, loc, operands);
    for (auto [name, value] : llvm::zip_equal(written, update->getResults()))
      AssignOp::create(builder, loc, name, value);
    request.erase();
  }
};
} // namespace
} // namespace lathe
