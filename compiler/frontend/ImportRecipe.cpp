//===- ImportRecipe.cpp - The sections compile, fit and data --------------===//
#include "compiler/frontend/ImportRecipe.h"
#include "compiler/frontend/DataSection.h"
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/Builders.h"
#include "runtime/artifact.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

//===- Checks -------------------------------------------------------------===//

static const Setting &learningRate(const Setting &model) {
  return model["compile"]["optimizer"]["learning_rate"];
}

static LogicalResult checkPiecewise(const Source &source,
                                    const Setting &schedule) {
  const Setting &boundaries = schedule["boundary_epochs"].written
                                  ? schedule["boundary_epochs"]
                                  : schedule["boundaries"];
  StringRef name = boundaries.argument->name;
  const Setting &values = schedule["values"];
  if (boundaries.extents.size() > LATHE_SCHEDULE_BOUNDARIES)
    return source.error(boundaries.place, name + " has more than " +
                                              Twine(LATHE_SCHEDULE_BOUNDARIES) +
                                              " numbers");
  for (size_t i = 1; i < boundaries.extents.size(); ++i)
    if (boundaries.extents[i] <= boundaries.extents[i - 1])
      return source.error(boundaries.place, name + " must increase");
  if (values.numbers.size() != boundaries.extents.size() + 1)
    return source.error(values.place,
                        "values must have one number more than " + name + ": " +
                            Twine(boundaries.extents.size() + 1) +
                            ", but it has " + Twine(values.numbers.size()));
  return success();
}

/// What a schedule counts in steps or in epochs.
static constexpr struct {
  StringLiteral steps, epochs;
} countedArguments[] = {{"decay_steps", "decay_epochs"},
                        {"first_decay_steps", "first_decay_epochs"},
                        {"boundaries", "boundary_epochs"},
                        {"warmup_steps", "warmup_epochs"}};

/// Each count is in one unit.
static LogicalResult checkSchedule(const Source &source,
                                   const Setting &schedule) {
  for (auto [stepsName, epochsName] : countedArguments) {
    const Setting *steps = schedule.find(stepsName);
    if (!steps)
      continue;
    const Setting &epochs = schedule[epochsName];
    if (steps->written && epochs.written)
      return source.error(epochs.place,
                          stepsName + " and " + epochsName +
                              " exclude each other; remove one",
                          steps->place, "this is the other");
    if (!steps->written && !epochs.written && steps->argument->fallback == none)
      return source.error(schedule.place, Twine(schedule.row->name) +
                                              " needs " + stepsName + " or " +
                                              epochsName);
  }
  if (schedule.row->identifier == "piecewise_constant_decay")
    return checkPiecewise(source, schedule);
  return success();
}

static bool countsEpochs(const Setting &schedule) {
  return llvm::any_of(countedArguments, [&](const auto &counted) {
    const Setting *epochs = schedule.find(counted.epochs);
    return epochs && epochs->written;
  });
}

/// Keras clips in one way.
static LogicalResult checkClipping(const Source &source,
                                   const Setting &optimizer) {
  const Setting *first = nullptr;
  for (StringRef name : {"clipnorm", "clipvalue", "global_clipnorm"}) {
    const Setting &clip = optimizer[name];
    if (clip.written && first)
      return source.error(clip.place,
                          name + " and " + first->argument->name +
                              " exclude each other; remove one",
                          first->place, "this is the other");
    if (clip.written)
      first = &clip;
  }
  return success();
}

/// class_weight: balanced
static bool isBalanced(const Setting &model) {
  return !model["fit"]["class_weight"].text.empty();
}

/// Sampling makes classes equal already, and shuffles.
static LogicalResult checkBalance(const Source &source, const Setting &model) {
  const Setting &fit = model["fit"], &sampling = fit["sampling"];
  if (!sampling.written)
    return success();
  if (isBalanced(model))
    return source.error(fit["class_weight"].place,
                        "sampling makes all classes equally frequent, so that "
                        "class_weight: balanced has no effect; remove one",
                        sampling.place, "this is sampling");
  if (!fit["shuffle"].flag)
    return source.error(sampling.place,
                        "sampling draws the samples of each epoch, which "
                        "shuffle: false excludes; remove one",
                        fit["shuffle"].place, "this is shuffle");
  return success();
}

LogicalResult lathe::frontend::checkRecipe(const Source &source,
                                           const Setting &model) {
  LogicalResult result = checkCallbacks(source, model);
  if (const Setting *optimizer = known(model, {"compile", "optimizer"}))
    if (failed(checkClipping(source, *optimizer)))
      result = failure();
  if (known(model, {"fit"}) &&
      (failed(checkBalance(source, model)) ||
       (known(model, {"data"}) && failed(checkData(source, model)))))
    result = failure();
  const Setting *split = known(model, {"fit", "validation_split"});
  const Setting *data = known(model, {"fit", "validation_data"});
  if (split && split->written && data && data->written)
    result = source.error(data->place,
                          "validation_data and validation_split exclude each "
                          "other; remove one",
                          split->place, "this is the other");
  else if (data && data->written && known(model, {"data"}) &&
           holdsOutValidation(model))
    result = source.error(data->place,
                          "validation_data and data: {split: ...} exclude each "
                          "other; remove one, or the split's validation");
  const Setting *rate = known(model, {"compile", "optimizer", "learning_rate"});
  if (!rate || !rate->row)
    return result;
  if (failed(checkSchedule(source, *rate)))
    result = failure();
  if (const Setting *plateau = findCallback(model, "reduce_lr_on_plateau"))
    result = source.error(plateau->place,
                          "ReduceLROnPlateau changes a learning rate that is a "
                          "number; remove it or the schedule",
                          rate->place, "this is the schedule");
  return result;
}

//===- The recipe ---------------------------------------------------------===//

namespace {

class RecipeBuilder {
public:
  RecipeBuilder(const Source &source, const Setting &model, OpBuilder &builder)
      : source(source), model(model), builder(builder) {}

  void declareState();
  void build();

private:
  DictionaryAttr attributesOf(const Setting &entry, StringRef name = "");
  /// The attributes of a callback; null if the recipe does not have it.
  DictionaryAttr callback(StringRef identifier);
  Attribute valueOf(const Setting &member);
  double initialRate() const;
  Location location() const;
  /// Of all classes up to the last one that is listed.
  DenseF64ArrayAttr classWeight() const;

  const Source &source;
  const Setting &model;
  OpBuilder &builder;
};

/// The learning rate of the first step after any warm-up.
double RecipeBuilder::initialRate() const {
  if (!known(model, {"compile"}))
    return 0;
  const Setting &rate = learningRate(model);
  if (!rate.row)
    return rate.number;
  return rate.row->identifier == "piecewise_constant_decay"
             ? rate["values"].numbers.front()
             : rate["initial_learning_rate"].number;
}

void RecipeBuilder::declareState() {
  Location loc = source.locate(model["compile"].place);
  bool isKnown = known(model, {"compile"}) != nullptr;
  auto counter = RankedTensorType::get({}, builder.getI64Type());
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  SmallVector<StringRef> counters{nn::iterationName, nn::seedName};
  if (isKnown && learningRate(model).row && countsEpochs(learningRate(model)))
    counters.push_back(nn::epochStepsName);
  for (StringRef name : counters)
    nn::VariableOp::create(builder, loc, nn::VariableKind::State, name,
                           counter);
  nn::VariableOp::create(builder, loc, nn::VariableKind::State,
                         nn::learningRateName, scalar, "constant",
                         builder.getF64FloatAttr(initialRate()));
}

/// Null for a value without a default that is not given.
Attribute RecipeBuilder::valueOf(const Setting &member) {
  if (!member.written && member.argument->fallback == none)
    return {};
  switch (member.argument->kind) {
  case Kind::Integer:
    return builder.getI64IntegerAttr(member.integer);
  case Kind::Number:
    return builder.getF64FloatAttr(member.number);
  case Kind::Rate:
    return builder.getF64FloatAttr(initialRate());
  case Kind::Flag:
    return builder.getBoolAttr(member.flag);
  case Kind::Choice:
  case Kind::Text:
    return builder.getStringAttr(member.text);
  case Kind::Texts:
  case Kind::Choices: {
    SmallVector<StringRef> texts;
    for (const Setting &text : member.members)
      texts.push_back(text.text);
    return builder.getStrArrayAttr(texts);
  }
  case Kind::Integers:
    return builder.getDenseI64ArrayAttr(member.extents);
  case Kind::Numbers:
    return builder.getDenseF64ArrayAttr(member.numbers);
  default:
    llvm_unreachable("a recipe's entries have plain arguments");
  }
}

DictionaryAttr RecipeBuilder::attributesOf(const Setting &entry,
                                           StringRef name) {
  NamedAttrList attributes;
  if (!name.empty())
    attributes.set("name", builder.getStringAttr(name));
  for (const Setting &member : entry.members)
    if (Attribute value = valueOf(member);
        value && member.argument->idle.empty())
      attributes.set(member.argument->name, value);
  return attributes.getDictionary(builder.getContext());
}

DictionaryAttr RecipeBuilder::callback(StringRef identifier) {
  const Setting *entry = findCallback(model, identifier);
  return entry ? attributesOf(*entry) : DictionaryAttr();
}

/// The name's place; later passes find those of some arguments in it.
Location RecipeBuilder::location() const {
  Location loc = source.locate(model["name"].place);
  SmallVector<std::pair<StringRef, Location>> places;
  for (auto [section, name] : {std::pair{"fit", "class_weight"},
                               {"fit", "sampling"},
                               {"compile", "metrics"}})
    if (const Setting &argument = model[section][name]; argument.written)
      places.emplace_back(name, source.locate(argument.place));
  return places.empty() ? loc : nn::layerLoc(loc, places);
}

DenseF64ArrayAttr RecipeBuilder::classWeight() const {
  const Setting &weights = model["fit"]["class_weight"];
  SmallVector<double> dense(*llvm::max_element(weights.extents) + 1, 1.0);
  for (auto [number, weight] :
       llvm::zip_equal(weights.extents, weights.numbers))
    dense[number] = weight;
  return builder.getDenseF64ArrayAttr(dense);
}

void RecipeBuilder::build() {
  const Setting &optimizer = model["compile"]["optimizer"];
  const Setting &fit = model["fit"], &data = model["data"];
  const Setting &split = fit["validation_split"];
  const Setting &rate = learningRate(model);
  auto recipe =
      nn::RecipeOp::create(builder, location(), model["name"].text,
                           model["compile"]["loss"].row->identifier,
                           attributesOf(optimizer, optimizer.row->identifier),
                           fit["batch_size"].integer, fit["epochs"].integer);
  recipe.setShuffle(fit["shuffle"].flag);
  const Setting &loss = model["compile"]["loss"];
  if (!loss.members.empty())
    recipe.setLossArgumentsAttr(attributesOf(loss));
  if (rate.row)
    recipe.setScheduleAttr(attributesOf(rate, rate.row->identifier));
  if (split.written)
    recipe.setValidationSplitAttr(builder.getDictionaryAttr(
        {builder.getNamedAttr("kind", builder.getStringAttr(split.text)),
         builder.getNamedAttr("value",
                              builder.getF64FloatAttr(split.number))}));
  if (fit["validation_data"].written)
    recipe.setValidationData(fit["validation_data"].text);
  bool balances = isBalanced(model);
  if (fit["class_weight"].written && !balances)
    recipe.setClassWeightAttr(classWeight());
  recipe.setBalanceClasses(balances);
  recipe.setSampleWeight(balances || fit["sample_weight"].flag);
  if (fit["sampling"].written)
    recipe.setSampling(fit["sampling"].text);
  const Setting &metrics = model["compile"]["metrics"];
  if (metrics.written)
    recipe.setMetricsAttr(cast<ArrayAttr>(valueOf(metrics)));
  if (DictionaryAttr stopping = callback("early_stopping"))
    recipe.setEarlyStoppingAttr(stopping);
  if (DictionaryAttr checkpoint = callback("checkpoint"))
    recipe.setCheckpointAttr(checkpoint);
  if (DictionaryAttr plateau = callback("reduce_lr_on_plateau"))
    recipe.setReduceLrOnPlateauAttr(plateau);
  if (DictionaryAttr attributes = dataAttributes(model, builder))
    recipe.setDataAttr(attributes);
  SmallVector<StringRef> classes;
  for (const Setting &name : data["classes"].members)
    classes.push_back(name.text);
  if (!classes.empty())
    recipe.setClassNamesAttr(builder.getStrArrayAttr(classes));
}

} // namespace

void lathe::frontend::buildRecipe(const Source &source, const Setting &model,
                                  OpBuilder &builder) {
  RecipeBuilder recipe(source, model, builder);
  if (!source.mistakeCount())
    recipe.build();
  recipe.declareState();
}

//===- The loss -----------------------------------------------------------===//

namespace {
/// What turns logits into the probabilities that a loss needs.
enum class Output { Any, Softmax, Sigmoid };
} // namespace

static Output outputOf(StringRef loss) {
  return llvm::StringSwitch<Output>(loss)
      .Cases({"categorical_crossentropy", "sparse_categorical_crossentropy",
              "categorical_focal_crossentropy"},
             Output::Softmax)
      .Cases({"binary_crossentropy", "binary_focal_crossentropy"},
             Output::Sigmoid)
      .Default(Output::Any);
}

static bool endsWith(Value output, Output wanted) {
  if (wanted == Output::Softmax)
    return output.getDefiningOp<nn::SoftmaxOp>() != nullptr;
  auto activation = output.getDefiningOp<nn::ActivationOp>();
  return activation && activation.getFunction() == "sigmoid";
}

/// One output without an activation, compared by its distance, is what people
/// write to predict numbers.
static void warnOfRegression(const Source &source, const Setting &loss,
                             Value output) {
  StringRef name = loss.row->identifier;
  bool isDistance =
      name == "mean_squared_error" || name == "mean_absolute_error";
  if (auto bias = output.getDefiningOp<nn::BiasAddOp>())
    output = bias->getOperand(0);
  auto dense = output.getDefiningOp<nn::DenseOp>();
  if (!isDistance || !dense ||
      cast<RankedTensorType>(dense.getKernel().getType()).getDimSize(1) != 1)
    return;
  emitWarning(source.locate(loss.place))
      << "the one output is compared with labels 0 and 1: numbers other than "
         "classes cannot be learned";
}

Value lathe::frontend::fitLoss(const Source &source, const Setting &model,
                               Place layer, Value output, OpBuilder &builder) {
  const Setting *known = frontend::known(model, {"compile", "loss"});
  if (!known)
    return output;
  const Setting &loss = *known;
  Output wanted = outputOf(loss.row->identifier);
  if (wanted == Output::Any) {
    warnOfRegression(source, loss, output);
    return output;
  }
  StringRef name = wanted == Output::Softmax ? "softmax" : "sigmoid";
  bool fromLogits = loss["from_logits"].flag;
  bool isThere = endsWith(output, wanted);
  Location loc = source.locate(layer);
  if (!fromLogits && isThere)
    return output;
  if (fromLogits && !isThere) {
    if (wanted == Output::Softmax)
      return nn::SoftmaxOp::create(builder, loc, output.getType(), output);
    return nn::ActivationOp::create(builder, loc, output.getType(), output,
                                    builder.getStringAttr(name), FloatAttr());
  }
  if (!layer.at)
    (void)source.error(
        fromLogits ? loss["from_logits"].place : loss.place,
        fromLogits ? "the graph already ends with " + name +
                         "; remove from_logits, or cut the graph before it "
                         "(base: {output: ...})"
                   : loss.row->identifier +
                         " needs probabilities, but the graph does not end "
                         "with " +
                         name + "; give the loss from_logits: true");
  else if (fromLogits)
    (void)source.error(
        loss["from_logits"].place,
        "the last layer already gives probabilities; remove its " + name +
            ", or from_logits",
        layer, "this is the last layer");
  else if (loss.written)
    (void)source.error(loss.place,
                       loss.row->identifier +
                           " needs probabilities, but the last layer does not "
                           "end with " +
                           name + "; give it activation: " + name +
                           ", or the loss from_logits: true",
                       layer, "this is the last layer");
  else
    (void)source.error(layer, "the last layer must give probabilities; give it "
                              "activation: softmax");
  return {};
}
