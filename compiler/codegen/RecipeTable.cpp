//===- RecipeTable.cpp - The recipe that an artifact was compiled with ----===//
//
// The order of the fields here is that of the structs in runtime/artifact.h.
//
//===----------------------------------------------------------------------===//
#include "compiler/codegen/TableFields.h"
#include "dialects/nn/NNDialect.h"
#include "runtime/artifact.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace lathe;
using Fields = Constant::Fields;

static constexpr std::pair<StringLiteral, int32_t> metricBits[] = {
    {"accuracy", LATHE_METRIC_ACCURACY},
    {"top_k_categorical_accuracy", LATHE_METRIC_TOP_K},
    {"precision", LATHE_METRIC_PRECISION},
    {"recall", LATHE_METRIC_RECALL},
    {"f1_score", LATHE_METRIC_F1},
    {"auc", LATHE_METRIC_AUC},
};

/// Accuracy where the recipe does not say.
static int32_t metrics(nn::RecipeOp recipe) {
  std::optional<ArrayAttr> names = recipe.getMetrics();
  int32_t bits = names ? 0 : LATHE_METRIC_ACCURACY;
  for (auto [name, bit] : metricBits)
    if (names && llvm::is_contained(names->getAsValueRange<StringAttr>(), name))
      bits |= bit;
  return bits;
}

static int32_t monitor(DictionaryAttr callback) {
  auto name = callback ? callback.getAs<StringAttr>("monitor") : StringAttr();
  return llvm::StringSwitch<int32_t>(name ? name.getValue() : "val_loss")
      .Case("val_loss", LATHE_VAL_LOSS)
      .Case("val_accuracy", LATHE_VAL_ACCURACY)
      .Case("loss", LATHE_LOSS)
      .Case("accuracy", LATHE_ACCURACY);
}

template <typename AttrTy>
static AttrTy get(DictionaryAttr dictionary, StringRef name) {
  return dictionary ? dictionary.getAs<AttrTy>(name) : AttrTy();
}

static double number(DictionaryAttr dictionary, StringRef name) {
  auto value = get<FloatAttr>(dictionary, name);
  return value ? value.getValueAsDouble() : 0.0;
}

static int64_t integer(DictionaryAttr dictionary, StringRef name) {
  auto value = get<IntegerAttr>(dictionary, name);
  return value ? value.getInt() : 0;
}

static bool flag(DictionaryAttr dictionary, StringRef name) {
  auto value = get<BoolAttr>(dictionary, name);
  return value && value.getValue();
}

static int32_t sampling(nn::RecipeOp recipe) {
  return llvm::StringSwitch<int32_t>(recipe.getSampling().value_or("none"))
      .Case("none", LATHE_SAMPLING_NONE)
      .Case("oversample", LATHE_SAMPLING_OVER)
      .Case("undersample", LATHE_SAMPLING_UNDER)
      .Case("weighted", LATHE_SAMPLING_WEIGHTED);
}

static llvm::json::Value toJson(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, llvm::json::Value>(attribute)
      .Case([](DictionaryAttr dictionary) {
        llvm::json::Object object;
        for (NamedAttribute member : dictionary)
          object[member.getName().getValue()] = toJson(member.getValue());
        return object;
      })
      .Case(
          [](StringAttr text) { return llvm::json::fixUTF8(text.getValue()); })
      .Case([](BoolAttr flag) { return flag.getValue(); })
      .Case([](IntegerAttr integer) { return integer.getInt(); })
      .Case([](FloatAttr number) { return number.getValueAsDouble(); });
}

std::string lathe::dataText(nn::RecipeOp recipe) {
  DictionaryAttr data = recipe.getDataAttr();
  return data ? llvm::formatv("{0}", toJson(data)).str() : "";
}

namespace {
/// A schedule in the terms of lathe_schedule: which of its arguments mean what
/// there.
struct ScheduleRow {
  StringLiteral name;
  int32_t kind;
  StringLiteral decaySteps, decayEpochs, end, factor, flag;
};
} // namespace

static const ScheduleRow scheduleRows[] = {
    {"constant", LATHE_SCHEDULE_CONSTANT, "", "", "", "", ""},
    {"piecewise_constant_decay", LATHE_SCHEDULE_PIECEWISE, "boundaries",
     "boundary_epochs", "", "", ""},
    {"exponential_decay", LATHE_SCHEDULE_EXPONENTIAL, "decay_steps",
     "decay_epochs", "", "decay_rate", "staircase"},
    {"inverse_time_decay", LATHE_SCHEDULE_INVERSE_TIME, "decay_steps",
     "decay_epochs", "", "decay_rate", "staircase"},
    {"polynomial_decay", LATHE_SCHEDULE_POLYNOMIAL, "decay_steps",
     "decay_epochs", "end_learning_rate", "power", "cycle"},
    {"cosine_decay", LATHE_SCHEDULE_COSINE, "decay_steps", "decay_epochs",
     "alpha", "", ""},
    {"cosine_decay_restarts", LATHE_SCHEDULE_COSINE_RESTARTS,
     "first_decay_steps", "first_decay_epochs", "alpha", "t_mul", ""},
};

static Fields describeSchedule(nn::RecipeOp recipe) {
  DictionaryAttr schedule = recipe.getScheduleAttr();
  const ScheduleRow none{"", LATHE_SCHEDULE_NONE, "", "", "", "", ""};
  const ScheduleRow *row = &none;
  if (schedule)
    row = llvm::find_if(scheduleRows, [&](const ScheduleRow &r) {
      return schedule.getAs<StringAttr>("name") == r.name;
    });
  // A warm-up target turns the initial rate into the warm-up's own.
  double initial = number(recipe.getOptimizer(), "learning_rate");
  bool toTarget = get<FloatAttr>(schedule, "warmup_target") != nullptr;
  bool decayInEpochs = schedule && schedule.contains(row->decayEpochs);
  bool warmupInEpochs = schedule && schedule.contains("warmup_epochs");
  StringRef decay = decayInEpochs ? row->decayEpochs : row->decaySteps;
  auto boundaries = get<DenseI64ArrayAttr>(schedule, decay);
  auto values = get<DenseF64ArrayAttr>(schedule, "values");
  Fields valueFields;
  for (int64_t i = 0; i <= LATHE_SCHEDULE_BOUNDARIES; ++i)
    valueFields.push_back({values && i < values.size() ? values[i] : 0.0});
  return {
      {row->kind},
      {int32_t(flag(schedule, row->flag))},
      {int32_t(warmupInEpochs)},
      {int32_t(decayInEpochs)},
      {integer(schedule, warmupInEpochs ? "warmup_epochs" : "warmup_steps")},
      {toTarget ? initial : 0.0},
      {toTarget ? number(schedule, "warmup_target") : initial},
      {std::max<int64_t>(integer(schedule, decay), 1)},
      {number(schedule, row->end)},
      {number(schedule, row->factor)},
      {number(schedule, "m_mul")},
      {boundaries ? int64_t(boundaries.size()) : int64_t(0)},
      shape(boundaries ? boundaries.asArrayRef() : ArrayRef<int64_t>(),
            LATHE_SCHEDULE_BOUNDARIES),
      {valueFields}};
}

Fields lathe::describeRecipe(nn::RecipeOp recipe) {
  DictionaryAttr stopping = recipe.getEarlyStoppingAttr();
  DictionaryAttr checkpoint = recipe.getCheckpointAttr();
  auto filepath = get<StringAttr>(checkpoint, "filepath");
  DictionaryAttr split = recipe.getValidationSplitAttr();
  auto kind = get<StringAttr>(split, "kind");
  DictionaryAttr plateau = recipe.getReduceLrOnPlateauAttr();
  int32_t splitKind =
      llvm::StringSwitch<int32_t>(kind ? kind.getValue() : "none")
          .Case("none", LATHE_SPLIT_NONE)
          .Case("first", LATHE_SPLIT_FIRST)
          .Case("last", LATHE_SPLIT_LAST)
          .Case("fraction", LATHE_SPLIT_FRACTION);
  return {
      string(recipe.getOptimizer().getAs<StringAttr>("name").getValue()),
      string(recipe.getLoss()),
      {metrics(recipe)},
      {static_cast<float>(number(recipe.getOptimizer(), "learning_rate"))},
      {int32_t(recipe.getBatchSize())},
      {int64_t(recipe.getEpochs())},
      {int32_t(recipe.getShuffle())},
      {splitKind},
      {number(split, "value")},
      {int32_t(stopping != nullptr)},
      {monitor(stopping)},
      {integer(stopping, "patience")},
      {number(stopping, "min_delta")},
      {int32_t(flag(stopping, "restore_best_weights"))},
      {int32_t(checkpoint != nullptr)},
      {monitor(checkpoint)},
      {int32_t(flag(checkpoint, "save_best_only"))},
      {int32_t(plateau != nullptr)},
      {monitor(plateau)},
      {integer(plateau, "patience")},
      {integer(plateau, "cooldown")},
      {number(plateau, "factor")},
      {number(plateau, "min_delta")},
      {number(plateau, "min_lr")},
      {describeSchedule(recipe)},
      {std::max<int64_t>(
          integer(recipe.getOptimizer(), "gradient_accumulation_steps"), 1)},
      {int32_t(flag(recipe.getOptimizer(), "use_ema"))},
      {int32_t(recipe.getBalanceClasses())},
      {sampling(recipe)},
      string(filepath ? filepath.getValue() : ""),
      string(recipe.getValidationData().value_or(""))};
}

/// What stands in the table of a model that has no recipe.
Fields lathe::describeNoRecipe(MLIRContext *context, int64_t batch) {
  OpBuilder builder(context);
  auto recipe =
      nn::RecipeOp::create(builder, builder.getUnknownLoc(), "none", "",
                           builder.getDictionaryAttr(builder.getNamedAttr(
                               "name", builder.getStringAttr(""))),
                           batch, 0);
  Fields fields = describeRecipe(recipe);
  recipe->erase();
  return fields;
}
