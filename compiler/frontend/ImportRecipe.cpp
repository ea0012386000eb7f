//===- ImportRecipe.cpp - The sections compile, fit and data --------------===//
#include "compiler/frontend/ImportRecipe.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "runtime/artifact.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

//===- Checks -------------------------------------------------------------===//

static const Setting &learningRate(const Setting &model) {
  return model["compile"]["optimizer"]["learning_rate"];
}

static const Setting *findCallback(const Setting &model, StringRef identifier) {
  for (const Setting &entry : model["fit"]["callbacks"].members)
    if (entry.row->identifier == identifier)
      return &entry;
  return nullptr;
}

static LogicalResult checkPiecewise(const Source &source,
                                    const Setting &schedule) {
  const Setting &boundaries = schedule["boundaries"];
  const Setting &values = schedule["values"];
  if (boundaries.extents.size() > LATHE_SCHEDULE_BOUNDARIES)
    return source.error(boundaries.place,
                        Twine("boundaries has more than ") +
                            Twine(LATHE_SCHEDULE_BOUNDARIES) + " steps");
  for (size_t i = 1; i < boundaries.extents.size(); ++i)
    if (boundaries.extents[i] <= boundaries.extents[i - 1])
      return source.error(boundaries.place, "boundaries must increase");
  if (values.numbers.size() != boundaries.extents.size() + 1)
    return source.error(values.place,
                        "values must have one number more than boundaries: " +
                            Twine(boundaries.extents.size() + 1) +
                            ", but it has " + Twine(values.numbers.size()));
  return success();
}

LogicalResult lathe::frontend::checkRecipe(const Source &source,
                                           const Setting &model) {
  const Setting &rate = learningRate(model);
  if (!rate.row)
    return success();
  if (rate.row->identifier == "piecewise_constant_decay" &&
      failed(checkPiecewise(source, rate)))
    return failure();
  if (const Setting *plateau = findCallback(model, "reduce_lr_on_plateau"))
    return source.error(plateau->place,
                        "ReduceLROnPlateau changes a learning rate that is a "
                        "number; remove it or the schedule",
                        rate.place, "this is the schedule");
  return success();
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

  const Source &source;
  const Setting &model;
  OpBuilder &builder;
};

/// The learning rate of the first step after any warm-up.
double RecipeBuilder::initialRate() const {
  const Setting &rate = learningRate(model);
  if (!rate.row)
    return rate.number;
  return rate.row->identifier == "piecewise_constant_decay"
             ? rate["values"].numbers.front()
             : rate["initial_learning_rate"].number;
}

void RecipeBuilder::declareState() {
  Location loc = source.locate(model["compile"].place);
  auto counter = RankedTensorType::get({}, builder.getI64Type());
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  for (StringRef name : {nn::iterationName, nn::seedName})
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
    return builder.getStringAttr(member.text);
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
    if (Attribute value = valueOf(member))
      attributes.set(member.argument->name, value);
  return attributes.getDictionary(builder.getContext());
}

DictionaryAttr RecipeBuilder::callback(StringRef identifier) {
  const Setting *entry = findCallback(model, identifier);
  return entry ? attributesOf(*entry) : DictionaryAttr();
}

void RecipeBuilder::build() {
  const Setting &optimizer = model["compile"]["optimizer"];
  const Setting &fit = model["fit"], &data = model["data"];
  const Setting &split = fit["validation_split"];
  const Setting &rate = learningRate(model);
  auto recipe = nn::RecipeOp::create(
      builder, source.locate(model["name"].place), model["name"].text,
      model["compile"]["loss"].row->identifier,
      attributesOf(optimizer, optimizer.row->identifier),
      fit["batch_size"].integer, fit["epochs"].integer);
  recipe.setShuffle(fit["shuffle"].flag);
  if (rate.row)
    recipe.setScheduleAttr(attributesOf(rate, rate.row->identifier));
  if (split.written)
    recipe.setValidationSplitAttr(builder.getDictionaryAttr(
        {builder.getNamedAttr("kind", builder.getStringAttr(split.text)),
         builder.getNamedAttr("value",
                              builder.getF64FloatAttr(split.number))}));
  if (DictionaryAttr stopping = callback("early_stopping"))
    recipe.setEarlyStoppingAttr(stopping);
  if (DictionaryAttr checkpoint = callback("checkpoint"))
    recipe.setCheckpointAttr(checkpoint);
  if (DictionaryAttr plateau = callback("reduce_lr_on_plateau"))
    recipe.setReduceLrOnPlateauAttr(plateau);
  if (data["format"].written)
    recipe.setDataFormat(data["format"].text);
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
  recipe.build();
  recipe.declareState();
}
