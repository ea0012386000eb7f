//===- AppendLoss.cpp - The loss at the end of a step ---------------------===//
#include "compiler/transforms/AppendLoss.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/Builders.h"
#include "runtime/artifact.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::nn;

namespace {
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

/// A network that cannot learn is a mistake.
LogicalResult checkOutputs(Value scores) {
  auto softmax = scores.getDefiningOp<SoftmaxOp>();
  if (softmax && rankedType(scores).getDimSize(1) == 1)
    return mlir::emitError(argumentLoc(softmax, "activation"))
           << "the softmax of a single output is always 1; use sigmoid and the "
              "loss binary_crossentropy, or one unit for each class";
  return success();
}

/// Weights belong to the class of an image, of which there must be one.
LogicalResult checkClassWeight(RecipeOp recipe, DenseF64ArrayAttr weights,
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

/// The same of what fit balances; its counts of classes have their place on the
/// stack.
LogicalResult checkBalance(RecipeOp recipe, int64_t outputs,
                           bool severalLabels) {
  if (!recipe.getBalanceClasses() && !recipe.getSampling())
    return success();
  StringRef name = recipe.getSampling() ? "sampling" : "class_weight";
  Location loc = argumentLoc(recipe, name);
  if (severalLabels)
    return mlir::emitError(loc)
           << name << " needs one class per image, but with the loss "
           << recipe.getLoss() << " each of the " << outputs
           << " outputs has its own label; remove it";
  if (outputs > LATHE_MOST_BALANCED)
    return mlir::emitError(loc)
           << name << " balances at most " << LATHE_MOST_BALANCED
           << " classes, but the last layer gives " << outputs;
  return success();
}

/// Whether a label is among the five most probable.
constexpr int64_t topClasses = 5;

LogicalResult checkMetrics(RecipeOp recipe, int64_t outputs,
                           bool severalLabels) {
  auto isTopK = [](Attribute metric) {
    return cast<StringAttr>(metric) == "top_k_categorical_accuracy";
  };
  std::optional<ArrayAttr> metrics = recipe.getMetrics();
  if (!metrics || !llvm::any_of(*metrics, isTopK))
    return success();
  if (!severalLabels && outputs <= topClasses)
    mlir::emitWarning(argumentLoc(recipe, "metrics"))
        << "top_k_categorical_accuracy is always 1: the last layer gives no "
           "more than "
        << topClasses << " classes";
  if (severalLabels)
    return mlir::emitError(argumentLoc(recipe, "metrics"))
           << "top_k_categorical_accuracy needs one class per image, but with "
              "the loss "
           << recipe.getLoss() << " each output has its own label; remove it";
  return success();
}

Value buildClassWeights(OpBuilder &builder, Location loc,
                        DenseF64ArrayAttr given, int64_t classes) {
  SmallVector<float> all(classes, 1.0f);
  llvm::copy(given.asArrayRef(), all.begin());
  auto type = RankedTensorType::get(classes, builder.getF32Type());
  return ConstantOp::create(builder, loc,
                            DenseElementsAttr::get(type, ArrayRef(all)));
}

FloatAttr nonZero(RecipeOp recipe, StringRef name) {
  auto value = argument<FloatAttr>(recipe, name);
  return value && value.getValueAsDouble() != 0 ? value : FloatAttr();
}

/// The loss with the penalties on weights, which gradients are not taken of:
/// append-optimizer adds theirs.
Value penalized(OpBuilder &builder, func::FuncOp step, Value loss) {
  SymbolTable symbols(step->getParentOp());
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
      add(l1,
          AbsoluteSumOp::create(builder, read.getLoc(), loss.getType(), read));
    if (FloatAttr l2 = variable.getL2Attr())
      add(l2,
          SquaredNormOp::create(builder, read.getLoc(), loss.getType(), read));
  }
  return loss;
}

class LossBuilder {
public:
  LossBuilder(func::FuncOp step, RecipeOp recipe, const LossRow &row)
      : step(step), recipe(recipe), row(row),
        builder(step.front().getTerminator()),
        scores(step.front().getTerminator()->getOperand(0)) {}

  FailureOr<Value> append(LossKind kind);

private:
  /// The weights that the loss counts with, as operands of the step's own.
  FailureOr<SmallVector<Value>> weights(LossKind kind);
  Value addArgument(ArrayRef<int64_t> shape, Type element) {
    unsigned number = step.getNumArguments();
    bool added = succeeded(
        step.insertArgument(number, RankedTensorType::get(shape, element),
                            DictionaryAttr(), recipe.getLoc()));
    assert(added && "a function takes any argument");
    (void)added;
    return step.getArgument(number);
  }
  Loss crossEntropy(Value labels, ValueRange weights);
  Loss function(Value labels, ValueRange weights);
  Value countCorrect(const Loss &loss, Value labels);
  /// Images that are mixed have two labels with shares.
  LogicalResult checkMixing();
  Loss mixedLoss(Value labels, ArrayRef<Value> weights,
                 function_ref<Loss(Value, ValueRange)> compute);

  ArrayRef<int64_t> shape() const {
    return cast<RankedTensorType>(scores.getType()).getShape();
  }
  bool isSingle() const { return shape()[1] == 1; }
  bool hasSeveralLabels() const { return row.perScore && !isSingle(); }
  Type scalar() { return RankedTensorType::get({}, builder.getF32Type()); }

  func::FuncOp step;
  RecipeOp recipe;
  const LossRow &row;
  OpBuilder builder;
  Value scores;
};

FailureOr<Value> LossBuilder::append(LossKind kind) {
  bool isEntropy = row.function == "categorical_crossentropy";
  if (isEntropy && !scores.getDefiningOp<SoftmaxOp>())
    return recipe.emitError("the loss ")
           << recipe.getLoss() << " needs a network that ends with a softmax";
  if (failed(checkClasses(scores, recipe)) || failed(checkOutputs(scores)) ||
      (kind == LossKind::Trained &&
       failed(checkMetrics(recipe, shape()[1], hasSeveralLabels()))))
    return failure();
  Value labels =
      addArgument(hasSeveralLabels() ? shape() : shape().take_front(),
                  builder.getI32Type());
  FailureOr<SmallVector<Value>> factors = weights(kind);
  if (failed(factors))
    return failure();
  bool mixes = kind == LossKind::Trained &&
               step->getParentOfType<ModuleOp>().lookupSymbol(mixName);
  if (mixes && failed(checkMixing()))
    return failure();
  auto compute = [&](Value ofLabels, ValueRange weights) {
    return isEntropy ? crossEntropy(ofLabels, weights)
                     : function(ofLabels, weights);
  };
  Loss loss =
      mixes ? mixedLoss(labels, *factors, compute) : compute(labels, *factors);
  Value correct = countCorrect(loss, labels);
  Operation *end = step.front().getTerminator();
  end->setOperands({penalized(builder, step, loss.mean), correct});
  if (Operation *last = scores.getDefiningOp(); last && last->use_empty())
    last->erase();
  step.setFunctionType(builder.getFunctionType(step.front().getArgumentTypes(),
                                               end->getOperandTypes()));
  return loss.mean;
}

FailureOr<SmallVector<Value>> LossBuilder::weights(LossKind kind) {
  SmallVector<Value> result;
  DenseF64ArrayAttr classes = recipe.getClassWeightAttr();
  if (classes && kind == LossKind::Trained) {
    if (failed(
            checkClassWeight(recipe, classes, shape()[1], hasSeveralLabels())))
      return failure();
    result.push_back(buildClassWeights(builder, recipe.getLoc(), classes,
                                       isSingle() ? 2 : shape()[1]));
  }
  if (failed(checkBalance(recipe, shape()[1], hasSeveralLabels())))
    return failure();
  if (recipe.getSampleWeight())
    result.push_back(addArgument(shape().take_front(), builder.getF32Type()));
  return result;
}

/// Of losses that are sums over the targets, or have the gradient of one, the
/// loss of a share of two labels is that share of their losses.
LogicalResult LossBuilder::checkMixing() {
  constexpr StringLiteral linear[] = {
      "categorical_crossentropy", "binary_crossentropy", "mean_squared_error"};
  if (llvm::is_contained(linear, row.function))
    return success();
  auto draws = step->getParentOfType<ModuleOp>().getOps<DrawOp>();
  auto mixing = llvm::find_if(draws, [](DrawOp draw) {
    return draw.getDraw() == "mixup" || draw.getDraw() == "cutmix";
  });
  return mlir::emitError((*mixing).getLoc())
         << "images that are mixed belong to two classes, which the loss "
         << recipe.getLoss()
         << " cannot take; use categorical_crossentropy, binary_crossentropy "
            "or mean_squared_error";
}

Loss LossBuilder::mixedLoss(Value labels, ArrayRef<Value> weights,
                            function_ref<Loss(Value, ValueRange)> compute) {
  Value others =
      addArgument(cast<RankedTensorType>(labels.getType()).getShape(),
                  builder.getI32Type());
  Value share = addArgument(shape().take_front(), builder.getF32Type());
  Location loc = recipe.getLoc();
  Value rest =
      ScaleOp::create(builder, loc, share.getType(), share,
                      builder.getF64FloatAttr(-1), builder.getF64FloatAttr(1));
  auto weighted = [&](Value ofLabels, Value factor) {
    SmallVector<Value> all(weights);
    if (recipe.getSampleWeight())
      all.back() = MultiplyOp::create(builder, loc, factor.getType(),
                                      all.back(), factor);
    else
      all.push_back(factor);
    return compute(ofLabels, all);
  };
  Loss first = weighted(labels, share), second = weighted(others, rest);
  return {AddOp::create(builder, loc, first.mean.getType(), first.mean,
                        second.mean),
          first.scores};
}

Loss LossBuilder::crossEntropy(Value labels, ValueRange weights) {
  auto softmax = scores.getDefiningOp<SoftmaxOp>();
  auto cost = SoftmaxCrossEntropyOp::create(
      builder, softmax.getLoc(), scalar(), softmax.getType(),
      softmax.getInput(), labels, weights, nonZero(recipe, "label_smoothing"));
  return {cost.getLoss(), cost.getProbabilities()};
}

/// Cross entropy of a sigmoid is computed from its logits, as are losses that
/// ask for them.
Loss LossBuilder::function(Value labels, ValueRange weights) {
  auto asked = argument<BoolAttr>(recipe, "from_logits");
  Value logits = logitsOf(scores);
  bool fromLogits = logits && (row.function == "binary_crossentropy" ||
                               (asked && asked.getValue()));
  auto cost = LossOp::create(
      builder, scores.getLoc(), scalar(), fromLogits ? logits : scores, labels,
      weights, builder.getStringAttr(row.function),
      builder.getBoolAttr(fromLogits), nonZero(recipe, "label_smoothing"),
      argument<FloatAttr>(recipe, "alpha"),
      argument<FloatAttr>(recipe, "gamma"),
      argument<BoolAttr>(recipe, "apply_class_balancing"));
  return {cost.getLoss(), cost.getScores()};
}

Value LossBuilder::countCorrect(const Loss &loss, Value labels) {
  FloatAttr threshold;
  if (row.perScore || isSingle())
    threshold =
        builder.getF64FloatAttr(loss.scores == scores ? row.threshold : 0);
  return CountCorrectOp::create(builder, scores.getLoc(),
                                RankedTensorType::get({}, builder.getI32Type()),
                                loss.scores, labels, threshold);
}
} // namespace

FailureOr<Value> lathe::appendLoss(func::FuncOp step, RecipeOp recipe,
                                   LossKind kind) {
  const LossRow *row = llvm::find_if(
      lossRows, [&](const LossRow &r) { return r.name == recipe.getLoss(); });
  if (row == std::end(lossRows))
    return recipe.emitError("unknown loss ") << recipe.getLoss();
  return LossBuilder(step, recipe, *row).append(kind);
}
