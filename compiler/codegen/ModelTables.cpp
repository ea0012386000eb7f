//===- ModelTables.cpp - What an artifact says of itself ------------------===//
//
// The order of the fields here is that of the structs in runtime/artifact.h and
// runtime/embedded/internal.h.
//
//===----------------------------------------------------------------------===//
#include "compiler/codegen/ModelTables.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/KernelTable.h"
#include "compiler/codegen/PredictBatch.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"
#include "runtime/artifact.h"
#include "runtime/embedded/internal.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;
using namespace lathe;
using Fields = Constant::Fields;

static Constant string(StringRef text) {
  return {Constant::String{text.str()}};
}

static Constant shape(ArrayRef<int64_t> extents, size_t room) {
  Fields fields;
  for (size_t i = 0; i < room; ++i)
    fields.push_back({i < extents.size() ? extents[i] : int64_t(0)});
  return {fields};
}

//===- Tensors ------------------------------------------------------------===//

static int32_t dtype(Type type) {
  if (type.isF32())
    return LATHE_F32;
  if (type.isF64())
    return LATHE_F64;
  return type.isInteger(32) ? LATHE_I32 : LATHE_I64;
}

namespace {
/// What an initializer's value is computed from: with the fans f of the shape,
/// `scale`/f is the variance of what it gives; where `fans` is None, the
/// variable's own value counts, or else `scale`.
struct InitializerRow {
  StringLiteral name;
  int32_t kind;
  enum { None, In, Average } fans;
  double scale;
};
} // namespace

static const InitializerRow initializerRows[] = {
    {"zeros", LATHE_INIT_CONSTANT, InitializerRow::None, 0},
    {"ones", LATHE_INIT_CONSTANT, InitializerRow::None, 1},
    {"constant", LATHE_INIT_CONSTANT, InitializerRow::None, 0},
    {"glorot_uniform", LATHE_INIT_UNIFORM, InitializerRow::Average, 1},
    {"glorot_normal", LATHE_INIT_TRUNCATED_NORMAL, InitializerRow::Average, 1},
    {"he_uniform", LATHE_INIT_UNIFORM, InitializerRow::In, 2},
    {"he_normal", LATHE_INIT_TRUNCATED_NORMAL, InitializerRow::In, 2},
    {"lecun_uniform", LATHE_INIT_UNIFORM, InitializerRow::In, 1},
    {"lecun_normal", LATHE_INIT_TRUNCATED_NORMAL, InitializerRow::In, 1},
    {"truncated_normal", LATHE_INIT_TRUNCATED_NORMAL, InitializerRow::None,
     0.05},
    {"random_normal", LATHE_INIT_NORMAL, InitializerRow::None, 0.05},
    {"random_uniform", LATHE_INIT_UNIFORM, InitializerRow::None, 0.05},
    {"orthogonal", LATHE_INIT_ORTHOGONAL, InitializerRow::None, 1},
};

static const InitializerRow &initializerRow(exec::VariableOp variable) {
  const auto *row = llvm::find_if(initializerRows, [&](const auto &r) {
    return r.name == variable.getInitializer();
  });
  assert(row != std::end(initializerRows) &&
         "the frontend knows the initializers");
  return *row;
}

static double initialValue(exec::VariableOp variable) {
  const InitializerRow &row = initializerRow(variable);
  if (row.fans == InitializerRow::None)
    return variable.getValue() ? variable.getValueAttr().getValueAsDouble()
                               : row.scale;
  nn::Fans fans =
      nn::computeFans(cast<RankedTensorType>(variable.getType()).getShape());
  double divisor = row.fans == InitializerRow::In
                       ? double(fans.in)
                       : 0.5 * double(fans.in + fans.out);
  double variance = row.scale / std::max(divisor, 1.0);
  // The standard deviation of the unit normal distribution within ±2.
  constexpr double truncated = 0.87962566103423978;
  return row.kind == LATHE_INIT_UNIFORM ? std::sqrt(3 * variance)
                                        : std::sqrt(variance) / truncated;
}

static Fields describeTensor(exec::VariableOp variable) {
  auto type = cast<RankedTensorType>(variable.getType());
  bool isParameter = variable.getRegion() == exec::Region::Params;
  return {string(variable.getSymName()),
          {int32_t(isParameter ? LATHE_PARAMS : LATHE_STATE)},
          {dtype(type.getElementType())},
          {int32_t(isParameter && variable.getTrainable())},
          {int32_t(type.getRank())},
          shape(type.getShape(), 6),
          {int64_t(variable.getOffset())},
          {int64_t(type.getNumElements() * type.getElementTypeBitWidth() / 8)},
          {initializerRow(variable).kind},
          {static_cast<float>(initialValue(variable))}};
}

//===- Kernels ------------------------------------------------------------===//

static Constant cost(const KernelCost &cost) {
  return {Fields{{cost.fixed}, {cost.perSample}}};
}

static Fields fieldsOf(const KernelDescription &kernel) {
  return {string(kernel.name), string(kernel.operations),
          string(kernels::toString(kernel.schedule)), cost(kernel.flop),
          cost(kernel.bytes)};
}

//===- Recipe -------------------------------------------------------------===//

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

static Fields describeRecipe(nn::RecipeOp recipe) {
  DictionaryAttr stopping = recipe.getEarlyStoppingAttr();
  DictionaryAttr checkpoint = recipe.getCheckpointAttr();
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
      {int32_t(flag(recipe.getOptimizer(), "use_ema"))}};
}

//===- Model and layout ---------------------------------------------------===//

static exec::FuncOp step(ModuleOp planned, StringRef name) {
  return planned.lookupSymbol<exec::FuncOp>(name);
}

static Constant describeStage(ArrayRef<int64_t> places) {
  return {Fields{
      {places[0]}, {places[1]}, {places.size() > 2 ? places[2] : int64_t(-1)}}};
}

static Fields describeLayout(ModuleOp planned, exec::LayoutOp layout,
                             StringRef target) {
  auto place = [&](StringRef name) {
    return int64_t(planned.lookupSymbol<exec::VariableOp>(name).getOffset());
  };
  auto offset = [&](StringRef name) { return Constant{place(name)}; };
  assert(place("fit/plateau_cooldown") + 8 - place("fit/epoch") ==
             int64_t(sizeof(lathe_fit_record)) &&
         "the variables of fit lie as the struct's fields");
  int64_t best = -1;
  for (auto variable : planned.getOps<exec::VariableOp>())
    if (variable.getSymName().starts_with("best/") && best < 0)
      best = variable.getOffset();
  StringRef level = target;
  int32_t x86Level = level.consume_front("x86-64-v") ? level[0] - '0' : 0;
  return {offset(nn::iterationName),
          offset(nn::seedName),
          offset(nn::learningRateName),
          {planned.lookupSymbol(nn::epochStepsName) ? place(nn::epochStepsName)
                                                    : int64_t(-1)},
          offset("fit/epoch"),
          {best},
          describeStage(layout.getTrainStage()),
          describeStage(layout.getEvaluateStage()),
          {int64_t(layout.getPreparedPlace())},
          {x86Level}};
}

std::string lathe::modelName(ModuleOp planned) {
  return (*planned.getOps<nn::RecipeOp>().begin()).getSymName().str();
}

std::string lathe::tensorsSymbol(const ModelTables &tables) {
  return tables.name + "_tensors";
}

std::string lathe::kernelsSymbol(const ModelTables &tables) {
  return tables.name + "_kernels";
}

std::string lathe::classNamesSymbol(const ModelTables &tables) {
  return tables.name + "_class_names";
}

ModelTables lathe::describeModel(ModuleOp planned, StringRef target) {
  nn::RecipeOp recipe = *planned.getOps<nn::RecipeOp>().begin();
  exec::LayoutOp layout = *planned.getOps<exec::LayoutOp>().begin();
  ModelTables tables;
  tables.name = modelName(planned);

  int64_t parameters = 0;
  for (auto variable : planned.getOps<exec::VariableOp>()) {
    if (variable.getRegion() == exec::Region::Prepared)
      continue;
    tables.tensors.push_back(describeTensor(variable));
    if (variable.getRegion() == exec::Region::Params && variable.getTrainable())
      parameters += cast<RankedTensorType>(variable.getType()).getNumElements();
  }
  for (const KernelDescription &kernel : describeKernels(planned))
    tables.kernels.push_back(fieldsOf(kernel));
  if (auto names = recipe.getClassNames())
    for (auto name : names->getAsRange<StringAttr>())
      tables.classNames.push_back(name.str());

  ArrayRef<Type> types = step(planned, nn::predictName).getArgumentTypes();
  auto images = cast<MemRefType>(types[0]);
  auto scores = cast<MemRefType>(types[1]);
  auto labels =
      cast<MemRefType>(step(planned, nn::trainStepName).getArgumentTypes()[1]);
  tables.sampleWeights = recipe.getSampleWeight();
  ArrayRef<int64_t> input = images.getShape().drop_front();
  int64_t outputs = scores.getShape().back();
  auto function = [&](StringRef name) {
    return Constant{Constant::Address{tables.name + "_" + name.str()}};
  };
  tables.model = {
      {int32_t(LATHE_ARTIFACT_VERSION)},
      string(tables.name),
      string(compilerVersion()),
      string(target),
      {int32_t(input.size())},
      shape(input, 4),
      {int32_t(outputs == 1 ? 2 : outputs)},
      {int32_t(outputs)},
      {int32_t(labels.getRank() == 2 ? labels.getShape().back() : 1)},
      {Constant::Address{tables.classNames.empty() ? ""
                                                   : classNamesSymbol(tables)}},
      string(recipe.getDataFormat().value_or("")),
      {int32_t(layout.getBatch())},
      {int32_t(
          predictBatch(step(planned, nn::predictName), layout.getBatch()))},
      {int64_t(layout.getParamsSize())},
      {int64_t(layout.getStateSize())},
      {int64_t(layout.getTrainArenaSize())},
      {int64_t(layout.getPredictArenaSize())},
      {int64_t(layout.getPreparedSize())},
      {int64_t(layout.getAlignment())},
      {parameters},
      {int32_t(tables.tensors.size())},
      {Constant::Address{tensorsSymbol(tables)}},
      {int32_t(tables.kernels.size())},
      {Constant::Address{kernelsSymbol(tables)}},
      {describeRecipe(recipe)},
      function("init"),
      function("prepare"),
      function("predict"),
      function("predict_prepared"),
      function("train_step"),
      tables.sampleWeights ? function("train_step_weighted")
                           : Constant{Constant::Address{}},
      function("evaluate"),
      function("fit"),
      function("status_name")};
  tables.layout = describeLayout(planned, layout, target);
  return tables;
}
