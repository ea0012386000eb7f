//===- DeriveSteps.cpp - predict, evaluate_batch and train_step -----------===//
#include "compiler/transforms/Passes.h"
#include "dialects/nn/Shapes.h"
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

/// A loss of the recipe: the function of nn.loss, and whether its labels are 0
/// and 1 for each score rather than class numbers. What lies above the
/// threshold counts as 1.
struct LossRow {
  StringLiteral name, function;
  bool perScore;
  double threshold;
};
constexpr LossRow lossRows[] = {
    {"categorical_crossentropy", "categorical_crossentropy", false, 0.5},
    {"sparse_categorical_crossentropy", "categorical_crossentropy", false, 0.5},
    {"binary_crossentropy", "binary_crossentropy", true, 0.5},
    {"categorical_focal_crossentropy", "categorical_focal_crossentropy", false,
     0.5},
    {"binary_focal_crossentropy", "binary_focal_crossentropy", true, 0.5},
    {"hinge", "hinge", false, 0},
    {"squared_hinge", "squared_hinge", false, 0},
    {"categorical_hinge", "categorical_hinge", false, 0},
    {"mean_squared_error", "mean_squared_error", false, 0.5},
    {"mean_absolute_error", "mean_absolute_error", false, 0.5},
};

/// The longest vector of constants that kernels hold.
constexpr int64_t mostClassWeights = 1024;

template <typename AttrTy>
AttrTy argument(RecipeOp recipe, StringRef name) {
  DictionaryAttr arguments = recipe.getLossArgumentsAttr();
  return arguments ? arguments.getAs<AttrTy>(name) : AttrTy();
}

/// What softmax or sigmoid makes probabilities of; null for another value.
Value logitsOf(Value scores) {
  if (auto softmax = scores.getDefiningOp<SoftmaxOp>())
    return softmax.getInput();
  auto activation = scores.getDefiningOp<ActivationOp>();
  return activation && activation.getFunction() == "sigmoid"
             ? activation.getInput()
             : Value();
}

/// The mean loss of a batch and the scores that metrics are computed from.
struct Loss {
  Value mean, scores;
};

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
          failed(deriveTrainStep(forward, recipe)))
        return signalPassFailure();
      declareFitState(recipe);
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
    FailureOr<Loss> loss = appendLoss(step, recipe, nullptr);
    if (failed(loss))
      return failure();
    setInference(step);
    return success();
  }

  LogicalResult deriveTrainStep(func::FuncOp forward, RecipeOp recipe) {
    func::FuncOp step = clone(forward, trainStepName);
    FailureOr<Loss> loss =
        appendLoss(step, recipe, recipe.getClassWeightAttr());
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
        GradientOp::create(builder, loc, loss->mean, ValueRange(parameters));
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

  /// Adds the labels to a copy of the network and lets it return the loss and
  /// the number of right answers. Class weights, if any, count in the loss.
  FailureOr<Loss> appendLoss(func::FuncOp step, RecipeOp recipe,
                             DenseF64ArrayAttr classWeight) {
    const LossRow *row = llvm::find_if(
        lossRows, [&](const LossRow &r) { return r.name == recipe.getLoss(); });
    if (row == std::end(lossRows))
      return recipe.emitError("unknown loss ") << recipe.getLoss();
    Operation *end = step.front().getTerminator();
    OpBuilder builder(end);
    Value scores = end->getOperand(0);
    auto softmax = scores.getDefiningOp<SoftmaxOp>();
    if (row->function == "categorical_crossentropy" && !softmax)
      return recipe.emitError("the loss ")
             << recipe.getLoss() << " needs a network that ends with a softmax";
    if (failed(checkClasses(scores, recipe)))
      return failure();

    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(scores.getType()).getShape();
    bool isSingle = shape[1] == 1;
    bool severalLabels = row->perScore && !isSingle;
    Value weights;
    if (classWeight) {
      if (failed(
              checkClassWeight(recipe, classWeight, shape[1], severalLabels)))
        return failure();
      weights = buildClassWeights(builder, recipe.getLoc(), classWeight,
                                  isSingle ? 2 : shape[1]);
    }
    Value labels = step.front().addArgument(
        RankedTensorType::get(severalLabels ? shape : shape.take_front(),
                              builder.getI32Type()),
        recipe.getLoc());
    Loss loss =
        row->function == "categorical_crossentropy"
            ? buildCrossEntropy(builder, softmax, labels, weights, recipe)
            : buildLoss(builder, *row, scores, labels, weights, recipe);
    FloatAttr threshold;
    if (row->perScore || isSingle)
      threshold =
          builder.getF64FloatAttr(loss.scores == scores ? row->threshold : 0);
    auto correct =
        CountCorrectOp::create(builder, scores.getLoc(),
                               RankedTensorType::get({}, builder.getI32Type()),
                               loss.scores, labels, threshold);
    end->setOperands({penalized(builder, step, loss.mean), correct});
    if (Operation *last = scores.getDefiningOp(); last && last->use_empty())
      last->erase();
    step.setFunctionType(builder.getFunctionType(
        step.front().getArgumentTypes(), end->getOperandTypes()));
    return loss;
  }

  Loss buildCrossEntropy(OpBuilder &builder, SoftmaxOp softmax, Value labels,
                         Value weights, RecipeOp recipe) {
    auto cost = SoftmaxCrossEntropyOp::create(
        builder, softmax.getLoc(),
        RankedTensorType::get({}, builder.getF32Type()), softmax.getType(),
        softmax.getInput(), labels, weights,
        nonZero(recipe, "label_smoothing"));
    return {cost.getLoss(), cost.getProbabilities()};
  }

  /// Cross entropy of a sigmoid is computed from its logits, as are losses that
  /// ask for them.
  Loss buildLoss(OpBuilder &builder, const LossRow &row, Value scores,
                 Value labels, Value weights, RecipeOp recipe) {
    auto asked = argument<BoolAttr>(recipe, "from_logits");
    Value logits = logitsOf(scores);
    bool fromLogits = logits && (row.function == "binary_crossentropy" ||
                                 (asked && asked.getValue()));
    auto cost = LossOp::create(
        builder, scores.getLoc(),
        RankedTensorType::get({}, builder.getF32Type()),
        fromLogits ? logits : scores, labels, weights,
        builder.getStringAttr(row.function), builder.getBoolAttr(fromLogits),
        nonZero(recipe, "label_smoothing"),
        argument<FloatAttr>(recipe, "alpha"),
        argument<FloatAttr>(recipe, "gamma"),
        argument<BoolAttr>(recipe, "apply_class_balancing"));
    return {cost.getLoss(), cost.getScores()};
  }

  /// Weights belong to the class of an image, of which there must be one.
  static LogicalResult checkClassWeight(RecipeOp recipe,
                                        DenseF64ArrayAttr weights,
                                        int64_t outputs, bool severalLabels) {
    Location loc = argumentLoc(recipe, "class_weight");
    if (severalLabels)
      return mlir::emitError(loc)
             << "class_weight needs one class per image, but with the loss "
             << recipe.getLoss() << " each of the " << outputs
             << " outputs has its own label; remove it";
    int64_t classes = outputs == 1 ? 2 : outputs;
    if (weights.size() > classes)
      return mlir::emitError(loc)
             << "class_weight has class " << weights.size() - 1
             << ", but the last layer gives " << classes
             << " classes, numbered from 0";
    if (classes > mostClassWeights)
      return mlir::emitError(loc)
             << "class_weight takes at most " << mostClassWeights
             << " classes, but the last layer gives " << classes;
    return success();
  }

  static Value buildClassWeights(OpBuilder &builder, Location loc,
                                 DenseF64ArrayAttr given, int64_t classes) {
    SmallVector<float> all(classes, 1.0f);
    llvm::copy(given.asArrayRef(), all.begin());
    auto type = RankedTensorType::get(classes, builder.getF32Type());
    return ConstantOp::create(builder, loc,
                              DenseElementsAttr::get(type, ArrayRef(all)));
  }

  static FloatAttr nonZero(RecipeOp recipe, StringRef name) {
    auto value = argument<FloatAttr>(recipe, name);
    return value && value.getValueAsDouble() != 0 ? value : FloatAttr();
  }

  /// The loss with the penalties on weights, which gradients are not taken of:
  /// append-optimizer adds theirs.
  Value penalized(OpBuilder &builder, func::FuncOp step, Value loss) {
    SymbolTable symbols(getOperation());
    auto add = [&](FloatAttr factor, Value sum) {
      Location loc = sum.getLoc();
      Value penalty = ScaleOp::create(builder, loc, sum.getType(), sum, factor,
                                      builder.getF64FloatAttr(0));
      loss = AddOp::create(builder, loc, loss.getType(), loss, penalty);
    };
    for (ReadOp read : step.getOps<ReadOp>()) {
      auto variable =
          symbols.lookup<VariableOp>(read.getVariableAttr().getValue());
      if (!variable.getTrainable())
        continue;
      if (FloatAttr l1 = variable.getL1Attr())
        add(l1, AbsoluteSumOp::create(builder, read.getLoc(), loss.getType(),
                                      read));
      if (FloatAttr l2 = variable.getL2Attr())
        add(l2, SquaredNormOp::create(builder, read.getLoc(), loss.getType(),
                                      read));
    }
    return loss;
  }

  /// One row of scores per image, as many as there are class names; two classes
  /// may share one score.
  LogicalResult checkClasses(Value scores, RecipeOp recipe) {
    RankedTensorType type = rankedType(scores);
    Operation *layer = scores.getDefiningOp();
    Location loc = layer ? argumentLoc(layer, "") : recipe.getLoc();
    if (type.getRank() != 2)
      return mlir::emitError(loc)
             << "the last layer has shape " << describeShape(type)
             << ", but a classifier ends with one row of probabilities; add "
                "Flatten and Dense layers before it";
    int64_t classes = type.getDimSize(1) == 1 ? 2 : type.getDimSize(1);
    std::optional<ArrayAttr> names = recipe.getClassNames();
    if (names && int64_t(names->size()) != classes)
      return mlir::emitError(loc)
             << "the last layer gives " << type.getDimSize(1)
             << " probabilities, but " << names->size()
             << " classes are named; make them the same number";
    return success();
  }

  void declareFitState(RecipeOp recipe) {
    OpBuilder builder(recipe);
    builder.setInsertionPointAfter(recipe);
    SmallVector<VariableOp> parameters;
    for (VariableOp variable : getOperation().getOps<VariableOp>()) {
      builder.setInsertionPointAfter(variable);
      if (variable.getKind() == VariableKind::Parameter)
        parameters.push_back(variable);
    }
    auto declare = [&](const Twine &name, TensorType type) {
      VariableOp::create(builder, recipe.getLoc(), VariableKind::State,
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
        declare("best/" + parameter.getSymName(), parameter.getType());
  }
};
} // namespace
} // namespace lathe
