//===- AppendOptimizer.cpp - From gradients to updates --------------------===//
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StateNames.h"
#include "dialects/nn/VariableLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
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
  SmallVector<Value, 3> slots;
  Value learningRate, iteration;
  DictionaryAttr arguments;

  FloatAttr number(StringRef name) const {
    return arguments.getAs<FloatAttr>(name);
  }
};

double number(DictionaryAttr arguments, StringRef name) {
  auto value = arguments.getAs<FloatAttr>(name);
  return value ? value.getValueAsDouble() : 0;
}

bool flag(DictionaryAttr arguments, StringRef name) {
  auto value = arguments.getAs<BoolAttr>(name);
  return value && value.getValue();
}

/// An optimizer: the slots that each parameter has, and its update.
struct Optimizer {
  StringLiteral name;
  SmallVector<StringRef, 3> (*slots)(DictionaryAttr arguments);
  Operation *(*update)(OpBuilder &, Location, const UpdateOperands &);
};

Operation *buildSGD(OpBuilder &builder, Location loc,
                    const UpdateOperands &in) {
  Type type = in.parameter.getType();
  Value velocity = in.slots.empty() ? Value() : in.slots[0];
  return SGDUpdateOp::create(
      builder, loc, type, velocity ? type : Type(), in.parameter, in.gradient,
      velocity, in.learningRate, in.number("momentum"),
      in.arguments.getAs<BoolAttr>("nesterov"), FloatAttr());
}

Operation *buildRMSprop(OpBuilder &builder, Location loc,
                        const UpdateOperands &in) {
  Type type = in.parameter.getType();
  ValueRange slots = ValueRange(in.slots).drop_front();
  return RMSpropUpdateOp::create(
      builder, loc, type, type, SmallVector<Type>(slots.getTypes()),
      in.parameter, in.gradient, in.slots[0], slots, in.learningRate,
      in.number("rho"), in.number("epsilon"), in.number("momentum"),
      builder.getBoolAttr(flag(in.arguments, "centered")), FloatAttr());
}

Operation *buildAdam(OpBuilder &builder, Location loc,
                     const UpdateOperands &in) {
  Type type = in.parameter.getType();
  bool isNadam = in.arguments.getAs<StringAttr>("name") == "nadam";
  return AdamUpdateOp::create(
      builder, loc, type, type, type, in.parameter, in.gradient, in.slots[0],
      in.slots[1], in.learningRate, in.iteration, in.number("beta_1"),
      in.number("beta_2"), in.number("epsilon"),
      isNadam ? builder.getBoolAttr(true) : BoolAttr(), FloatAttr());
}

Operation *buildAdagrad(OpBuilder &builder, Location loc,
                        const UpdateOperands &in) {
  Type type = in.parameter.getType();
  return AdagradUpdateOp::create(builder, loc, type, type, in.parameter,
                                 in.gradient, in.slots[0], in.learningRate,
                                 in.number("epsilon"), FloatAttr());
}

Operation *buildLion(OpBuilder &builder, Location loc,
                     const UpdateOperands &in) {
  Type type = in.parameter.getType();
  return LionUpdateOp::create(
      builder, loc, type, type, in.parameter, in.gradient, in.slots[0],
      in.learningRate, in.number("beta_1"), in.number("beta_2"), FloatAttr());
}

SmallVector<StringRef, 3> sgdSlots(DictionaryAttr arguments) {
  if (number(arguments, "momentum") != 0)
    return {"momentum"};
  return {};
}

SmallVector<StringRef, 3> rmspropSlots(DictionaryAttr arguments) {
  SmallVector<StringRef, 3> slots{"velocity"};
  if (flag(arguments, "centered"))
    slots.push_back("average_gradient");
  if (number(arguments, "momentum") != 0)
    slots.push_back("momentum");
  return slots;
}

SmallVector<StringRef, 3> adamSlots(DictionaryAttr) {
  return {"momentum", "velocity"};
}

SmallVector<StringRef, 3> adagradSlots(DictionaryAttr) {
  return {"accumulator"};
}

SmallVector<StringRef, 3> lionSlots(DictionaryAttr) { return {"momentum"}; }

const Optimizer optimizers[] = {
    {"sgd", sgdSlots, buildSGD},     {"rmsprop", rmspropSlots, buildRMSprop},
    {"adam", adamSlots, buildAdam},  {"adamw", adamSlots, buildAdam},
    {"nadam", adamSlots, buildAdam}, {"adagrad", adagradSlots, buildAdagrad},
    {"lion", lionSlots, buildLion},
};

/// One step: the gradients of all parameters become new values of these.
class UpdateStep {
public:
  UpdateStep(OpBuilder &builder, const Optimizer &optimizer,
             DictionaryAttr arguments, const SymbolTable &symbols)
      : builder(builder), optimizer(optimizer), arguments(arguments),
        symbols(symbols) {}

  struct Gradient {
    VariableOp variable;
    Value value;
  };

  void build(SmallVector<Gradient> gradients, StringRef iterationVariable) {
    iteration = iterationVariable;
    for (Gradient &gradient : gradients)
      regularize(gradient);
    clip(gradients);
    for (const Gradient &gradient : gradients)
      update(gradient);
  }

  static std::string slotName(StringRef slot, VariableOp variable) {
    return ("optimizer/" + slot + "/" + variable.getSymName()).str();
  }
  static std::string averageName(VariableOp variable) {
    return ("ema/" + variable.getSymName()).str();
  }

private:
  Value read(StringRef name, Location loc) {
    return readVariable(builder, loc, symbols.lookup<VariableOp>(name));
  }

  /// The penalties of the loss, which the gradients do not know of.
  void regularize(Gradient &gradient) {
    auto l1 = gradient.variable.getL1Attr(), l2 = gradient.variable.getL2Attr();
    if (!l1 && !l2)
      return;
    Location loc = gradient.value.getLoc();
    FloatAttr zero = builder.getF64FloatAttr(0);
    gradient.value = RegularizeOp::create(
        builder, loc, gradient.value.getType(), gradient.value,
        read(gradient.variable.getSymName(), loc), l1 ? l1 : zero,
        l2 ? l2 : zero);
  }

  Value squaredNorm(Value value) {
    return SquaredNormOp::create(
        builder, value.getLoc(),
        RankedTensorType::get({}, builder.getF32Type()), value);
  }

  /// Keras allows for one of the three.
  void clip(SmallVectorImpl<Gradient> &gradients) {
    double byValue = number(arguments, "clipvalue");
    auto byNorm = arguments.getAs<FloatAttr>("clipnorm");
    auto byGlobalNorm = arguments.getAs<FloatAttr>("global_clipnorm");
    Value global;
    if (byGlobalNorm)
      for (const Gradient &gradient : gradients) {
        Value norm = squaredNorm(gradient.value);
        global = global ? AddOp::create(builder, norm.getLoc(), norm.getType(),
                                        global, norm)
                              .getResult()
                        : norm;
      }
    for (Gradient &gradient : gradients) {
      Value value = gradient.value;
      Location loc = value.getLoc();
      if (byNorm || byGlobalNorm)
        gradient.value =
            ClipByNormOp::create(builder, loc, value.getType(), value,
                                 byNorm ? squaredNorm(value) : global,
                                 byNorm ? byNorm : byGlobalNorm);
      else if (byValue > 0)
        gradient.value = ClipOp::create(builder, loc, value.getType(), value,
                                        builder.getF64FloatAttr(-byValue),
                                        builder.getF64FloatAttr(byValue));
    }
  }

  /// Keras takes the excluded names for parts of a variable's name.
  bool decays(VariableOp variable) const {
    auto excluded = arguments.getAs<ArrayAttr>("exclude_from_weight_decay");
    return number(arguments, "weight_decay") != 0 &&
           (!excluded ||
            llvm::none_of(excluded.getAsRange<StringAttr>(),
                          [&](StringAttr part) {
                            return variable.getSymName().contains(part);
                          }));
  }

  Value learningRate(VariableOp variable, Location loc) {
    Value rate = read(learningRateName, loc);
    if (FloatAttr multiplier = variable.getLearningRateMultiplierAttr())
      rate = ScaleOp::create(builder, loc, rate.getType(), rate, multiplier,
                             builder.getF64FloatAttr(0));
    return rate;
  }

  void update(const Gradient &gradient) {
    VariableOp variable = gradient.variable;
    Location loc = gradient.value.getLoc();
    UpdateOperands operands;
    operands.parameter = read(variable.getSymName(), loc);
    operands.gradient = gradient.value;
    operands.learningRate = learningRate(variable, loc);
    operands.iteration = read(iteration, loc);
    operands.arguments = arguments;
    SmallVector<std::string> written{variable.getSymName().str()};
    for (StringRef slot : optimizer.slots(arguments)) {
      written.push_back(slotName(slot, variable));
      operands.slots.push_back(read(written.back(), loc));
    }
    Operation *op = optimizer.update(builder, loc, operands);
    if (decays(variable))
      op->setAttr("weight_decay", arguments.get("weight_decay"));
    for (auto [name, value] : llvm::zip_equal(written, op->getResults()))
      AssignOp::create(builder, loc, name, value);
    if (flag(arguments, "use_ema"))
      average(variable, op->getResult(0), operands.iteration);
  }

  void average(VariableOp variable, Value parameter, Value count) {
    std::string name = averageName(variable);
    Location loc = parameter.getLoc();
    Value next = AverageWeightsOp::create(
        builder, loc, parameter.getType(), read(name, loc), parameter, count,
        arguments.getAs<FloatAttr>("ema_momentum"));
    AssignOp::create(builder, loc, name, next);
  }

  OpBuilder &builder;
  const Optimizer &optimizer;
  DictionaryAttr arguments;
  const SymbolTable &symbols;
  StringRef iteration;
};

struct AppendOptimizer : impl::AppendOptimizerBase<AppendOptimizer> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<ApplyGradientOp> requests;
    module.walk([&](ApplyGradientOp op) { requests.push_back(op); });
    if (requests.empty())
      return;
    RecipeOp recipe = *module.getOps<RecipeOp>().begin();
    DictionaryAttr arguments = recipe.getOptimizer();
    auto name = arguments.getAs<StringAttr>("name");
    const Optimizer *optimizer = llvm::find_if(
        optimizers, [&](const Optimizer &o) { return name == o.name; });
    if (optimizer == std::end(optimizers)) {
      recipe.emitError("unknown optimizer ") << name;
      return signalPassFailure();
    }
    SymbolTable symbols(module);
    auto steps = arguments.getAs<IntegerAttr>("gradient_accumulation_steps");
    bool accumulates = steps && steps.getInt() > 1;
    for (StringRef slot : optimizer->slots(arguments))
      if (failed(declare(
              requests, symbols,
              [&](VariableOp variable) {
                return UpdateStep::slotName(slot, variable);
              },
              arguments.getAs<FloatAttr>(
                  ("initial_" + slot + "_value").str()))))
        return signalPassFailure();
    if (flag(arguments, "use_ema") &&
        failed(declare(requests, symbols, UpdateStep::averageName)))
      return signalPassFailure();
    if (accumulates && (failed(declare(requests, symbols, sumName)) ||
                        failed(checkStateName(symbols, updatesName))))
      return signalPassFailure();

    OpBuilder builder(requests.back());
    SmallVector<UpdateStep::Gradient> gradients;
    for (ApplyGradientOp request : requests)
      gradients.push_back({symbols.lookup<VariableOp>(request.getVariable()),
                           request.getGradient()});
    UpdateStep update(builder, *optimizer, arguments, symbols);
    if (accumulates) {
      accumulate(requests, steps, symbols);
      updateApart(builder, update, requests, symbols);
    } else {
      update.build(gradients, iterationName);
    }
    for (ApplyGradientOp request : requests)
      request.erase();
  }

  /// All slots of one kind stand together, in the order of the parameters, so
  /// that they lie in memory as the parameters do.
  static LogicalResult
  declare(ArrayRef<ApplyGradientOp> requests, SymbolTable &symbols,
          llvm::function_ref<std::string(VariableOp)> nameOf,
          FloatAttr initial = {}) {
    OpBuilder builder(requests.front()->getParentOp());
    for (ApplyGradientOp request : requests) {
      auto variable = symbols.lookup<VariableOp>(request.getVariable());
      std::string name = nameOf(variable);
      if (failed(checkStateName(symbols, name)))
        return failure();
      auto slot =
          VariableOp::create(builder, request.getLoc(), VariableKind::State,
                             name, request.getGradient().getType(),
                             initial ? "constant" : "zeros", initial);
      copyLayouts(variable, slot);
      symbols.insert(slot);
    }
    return success();
  }

  static std::string sumName(VariableOp variable) {
    return UpdateStep::slotName("gradient", variable);
  }

  void accumulate(ArrayRef<ApplyGradientOp> requests, IntegerAttr steps,
                  SymbolTable &symbols) {
    for (ApplyGradientOp request : requests) {
      OpBuilder builder(request);
      Location loc = request.getLoc();
      auto sum = symbols.lookup<VariableOp>(
          sumName(symbols.lookup<VariableOp>(request.getVariable())));
      Value next = AccumulateGradientOp::create(
          builder, loc, sum.getType(), readVariable(builder, loc, sum),
          request.getGradient(),
          readVariable(builder, loc, symbols.lookup<VariableOp>(iterationName)),
          steps);
      AssignOp::create(builder, loc, sum.getSymName(), next);
    }
  }

  /// A step of its own, from the mean gradients to the parameters.
  void updateApart(OpBuilder &builder, UpdateStep &update,
                   ArrayRef<ApplyGradientOp> requests, SymbolTable &symbols) {
    auto training = requests.front()->getParentOfType<func::FuncOp>();
    Location loc = training.getLoc();
    builder.setInsertionPoint(training);
    auto count =
        VariableOp::create(builder, loc, VariableKind::State, updatesName,
                           RankedTensorType::get({}, builder.getI64Type()));
    symbols.insert(count);
    builder.setInsertionPointAfter(training);
    auto step = func::FuncOp::create(builder, loc, updateStepName,
                                     builder.getFunctionType({}, {}));
    builder.setInsertionPointToStart(step.addEntryBlock());
    SmallVector<UpdateStep::Gradient> gradients;
    for (ApplyGradientOp request : requests) {
      auto variable = symbols.lookup<VariableOp>(request.getVariable());
      gradients.push_back({variable, readVariable(builder, request.getLoc(),
                                                  symbols.lookup<VariableOp>(
                                                      sumName(variable)))});
    }
    update.build(gradients, updatesName);
    Value before = readVariable(builder, loc, count);
    AssignOp::create(
        builder, loc, updatesName,
        IncrementOp::create(builder, loc, before.getType(), before));
    func::ReturnOp::create(builder, loc);
  }
};
} // namespace
} // namespace lathe
