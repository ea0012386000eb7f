//===- DeriveSteps.cpp - predict, evaluate_batch and train_step -----------===//
#include "compiler/transforms/AppendLoss.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StateNames.h"
#include "dialects/nn/Shapes.h"
#include "dialects/nn/VariableLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_DERIVESTEPS
#include "compiler/transforms/Passes.h.inc"

namespace {
/// What fit remembers between calls; the order and the types are those of
/// `lathe_fit_record` in runtime/embedded/internal.h.
struct FitField {
  StringLiteral name;
  bool isFloat;
};
constexpr FitField fitFields[] = {
    {"fit/epoch", false},           {"fit/step", false},
    {"fit/samples", false},         {"fit/correct", false},
    {"fit/loss_sum", true},         {"fit/stop_best", true},
    {"fit/stop_epoch", false},      {"fit/stop_wait", false},
    {"fit/stopped", false},         {"fit/save_best", true},
    {"fit/save_epoch", false},      {"fit/plateau_best", true},
    {"fit/plateau_epoch", false},   {"fit/plateau_wait", false},
    {"fit/plateau_cooldown", false}};

struct DeriveSteps : impl::DeriveStepsBase<DeriveSteps> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>(forwardName);
    if (!forward) {
      module.emitError("the module has no @forward");
      return signalPassFailure();
    }
    auto recipes = module.getOps<RecipeOp>();
    orderParameters();
    derivePredict(forward);
    if (!recipes.empty()) {
      RecipeOp recipe = *recipes.begin();
      if (failed(deriveEvaluate(forward, recipe)) ||
          failed(deriveTrainStep(forward, recipe)) ||
          failed(declareFitState(recipe)))
        return signalPassFailure();
      deriveAdapt(forward);
    }
    forward.erase();
  }

  /// Trainable parameters stand before the others, so that they are neighbours
  /// in memory.
  void orderParameters() {
    VariableOp last;
    SmallVector<VariableOp> fixed;
    for (VariableOp variable : getOperation().getOps<VariableOp>()) {
      if (variable.getKind() != VariableKind::Parameter)
        continue;
      last = variable;
      if (!variable.getTrainable())
        fixed.push_back(variable);
    }
    for (VariableOp variable : fixed) {
      if (variable != last)
        variable->moveAfter(last);
      last = variable;
    }
  }

  func::FuncOp clone(func::FuncOp forward, StringRef name) {
    func::FuncOp step = forward.clone();
    step.setName(name);
    forward->getBlock()->getOperations().insert(forward->getIterator(), step);
    return step;
  }

  template <typename Callback>
  void setMode(func::FuncOp step, Callback callback) {
    SmallVector<ModeOpInterface> ops;
    step.walk([&](ModeOpInterface op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (ModeOpInterface op : ops) {
      rewriter.setInsertionPoint(op);
      callback(op, rewriter);
    }
  }
  void setInference(func::FuncOp step) {
    setMode(step, [](ModeOpInterface op, RewriterBase &rewriter) {
      op.toInference(rewriter);
    });
  }

  void derivePredict(func::FuncOp forward) {
    setInference(clone(forward, predictName));
  }

  LogicalResult deriveEvaluate(func::FuncOp forward, RecipeOp recipe) {
    func::FuncOp step = clone(forward, evaluateName);
    if (failed(appendLoss(step, recipe, LossKind::Evaluated)))
      return failure();
    setInference(step);
    return success();
  }

  LogicalResult deriveTrainStep(func::FuncOp forward, RecipeOp recipe) {
    func::FuncOp step = clone(forward, trainStepName);
    FailureOr<Value> loss = appendLoss(step, recipe, LossKind::Trained);
    if (failed(loss))
      return failure();
    setMode(step, [](ModeOpInterface op, RewriterBase &rewriter) {
      op.toTraining(rewriter);
    });

    Operation *end = step.front().getTerminator();
    OpBuilder builder(end);
    Location loc = recipe.getLoc();
    SmallVector<Value> parameters;
    SmallVector<FlatSymbolRefAttr> names;
    SymbolTable symbols(getOperation());
    for (ReadOp read : step.getOps<ReadOp>()) {
      auto variable =
          symbols.lookup<VariableOp>(read.getVariableAttr().getValue());
      if (variable.getKind() == VariableKind::Parameter &&
          variable.getTrainable()) {
        parameters.push_back(read);
        names.push_back(read.getVariableAttr());
      }
    }
    auto gradients =
        GradientOp::create(builder, loc, *loss, ValueRange(parameters));
    for (auto [name, gradient] :
         llvm::zip_equal(names, gradients.getGradients()))
      ApplyGradientOp::create(builder, loc, name, gradient);

    auto iteration = symbols.lookup<VariableOp>(iterationName);
    if (!iteration)
      return recipe.emitError("training needs the variable ") << iterationName;
    Value count = readVariable(builder, loc, iteration);
    AssignOp::create(builder, loc, iteration.getSymName(),
                     IncrementOp::create(builder, loc, count.getType(), count));
    return success();
  }

  /// The forward pass as far as the layers that adapt, and what they measure.
  void deriveAdapt(func::FuncOp forward) {
    if (forward.getOps<AdaptOpInterface>().empty())
      return;
    func::FuncOp step = clone(forward, adaptName);
    IRRewriter rewriter(&getContext());
    SmallVector<AdaptOpInterface> layers(step.getOps<AdaptOpInterface>());
    for (AdaptOpInterface layer : layers) {
      rewriter.setInsertionPoint(layer);
      layer.measure(rewriter);
    }
    setInference(step);
    Operation *end = step.front().getTerminator();
    rewriter.setInsertionPoint(end);
    rewriter.replaceOpWithNewOp<func::ReturnOp>(end);
    step.setFunctionType(rewriter.getFunctionType(step.getArgumentTypes(), {}));
    step.removeResAttrsAttr();
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(step.front())))
      if (isOpTriviallyDead(&op))
        rewriter.eraseOp(&op);
  }

  LogicalResult declareFitState(RecipeOp recipe) {
    SymbolTable symbols(getOperation());
    OpBuilder builder(recipe);
    builder.setInsertionPointAfter(recipe);
    SmallVector<VariableOp> parameters;
    for (VariableOp variable : getOperation().getOps<VariableOp>()) {
      builder.setInsertionPointAfter(variable);
      if (variable.getKind() == VariableKind::Parameter)
        parameters.push_back(variable);
    }
    bool good = true;
    auto declare = [&](const Twine &name, TensorType type) {
      good = good && succeeded(checkStateName(symbols, name.str()));
      return VariableOp::create(builder, recipe.getLoc(), VariableKind::State,
                                name.str(), type);
    };
    for (const FitField &field : fitFields)
      declare(field.name, RankedTensorType::get(
                              {}, field.isFloat ? Type(builder.getF64Type())
                                                : builder.getI64Type()));
    std::optional<DictionaryAttr> stopping = recipe.getEarlyStopping();
    auto restore = stopping ? stopping->getAs<BoolAttr>("restore_best_weights")
                            : BoolAttr();
    if (restore && restore.getValue())
      for (VariableOp parameter : parameters)
        copyLayouts(parameter, declare("best/" + parameter.getSymName(),
                                       parameter.getType()));
    return success(good);
  }
};
} // namespace
} // namespace lathe
