//===- ModelTables.cpp - What an artifact says of itself ------------------===//
//
// The order of the fields here is that of the structs in runtime/artifact.h and
// runtime/embedded/internal.h.
//
//===----------------------------------------------------------------------===//
#include "compiler/codegen/ModelTables.h"
#include "compiler/codegen/AugmentTable.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/GuardTable.h"
#include "compiler/codegen/KernelTable.h"
#include "compiler/codegen/Steps.h"
#include "compiler/codegen/TableFields.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/VariableLayout.h"
#include "runtime/artifact.h"
#include "runtime/embedded/internal.h"
#include <cmath>
#include <set>

using namespace mlir;
using namespace lathe;
using Fields = Constant::Fields;

//===- Tensors ------------------------------------------------------------===//

static int32_t dtype(Type type) {
  if (type.isF32())
    return LATHE_F32;
  if (type.isF64())
    return LATHE_F64;
  if (type.isInteger(8))
    return LATHE_U8;
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
    {"data", LATHE_INIT_DATA, InitializerRow::None, 0},
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

/// Adds what the variable begins with to the tables' arrays.
static Constant describeData(exec::VariableOp variable, ModelTables &tables) {
  ElementsAttr data = variable.getDataAttr();
  if (!data)
    return {Constant::Address{}};
  InitialData &array = tables.data.emplace_back();
  array.symbol = tables.name + "_data" + std::to_string(tables.data.size());
  array.dtype = dtype(data.getElementType());
  array.elements = data;
  return {Constant::Address{array.symbol}};
}

static Constant layout(exec::VariableOp variable, StringRef name) {
  auto text = variable->getAttrOfType<StringAttr>(name);
  return text ? string(text) : Constant{Constant::String{}};
}

static Fields describeTensor(exec::VariableOp variable, ModelTables &tables) {
  auto type = cast<RankedTensorType>(variable.getType());
  bool isParameter = variable.getRegion() == exec::Region::Params;
  return {string(variable.getSymName()),
          {int32_t(isParameter ? LATHE_PARAMS : LATHE_STATE)},
          {dtype(type.getElementType())},
          {int32_t(isParameter && variable.getTrainable())},
          {int32_t(type.getRank())},
          shape(type.getShape(), 6),
          {int64_t(variable.getOffset())},
          {sizeInBytes(type, 1)},
          {initializerRow(variable).kind},
          {static_cast<float>(initialValue(variable))},
          describeData(variable, tables),
          layout(variable, nn::layoutAttr),
          layout(variable, nn::graphLayoutAttr)};
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

//===- Model and layout ---------------------------------------------------===//

static exec::FuncOp step(ModuleOp planned, StringRef name) {
  return planned.lookupSymbol<exec::FuncOp>(name);
}

static Constant describeStage(ArrayRef<int64_t> places, bool hasWeights) {
  return {
      Fields{{places[0]}, {places[1]}, {hasWeights ? places[2] : int64_t(-1)}}};
}

static int32_t x86Level(StringRef target) {
  return target.consume_front("x86-64-v") ? target[0] - '0' : 0;
}

/// Of a model that is only run, which has no state.
static Fields describeLayout(exec::LayoutOp layout, StringRef target) {
  Constant nowhere{int64_t(-1)};
  Constant stage = describeStage({-1, -1}, false);
  return {nowhere,
          nowhere,
          nowhere,
          nowhere,
          nowhere,
          nowhere,
          stage,
          stage,
          {int64_t(layout.getPreparedPlace())},
          {x86Level(target)},
          {int32_t(0)},
          {int32_t(0)},
          {Constant::Address{}},
          {Constant::Address{}},
          nowhere,
          {0.0},
          {0.0},
          {int32_t(0)},
          {int32_t(0)},
          {Constant::Address{}},
          {int64_t(0)},
          {int64_t(0)},
          nowhere,
          {int32_t(0)},
          {int32_t(0)},
          {Constant::Address{}},
          nowhere,
          nowhere,
          {int32_t(0)},
          {int32_t(0)},
          {Constant::Address{}},
          {Constant::Address{}}};
}

/// `tables` gets the guard's arrays.
/// Where a table begins; there is none without rows.
template <typename Row>
static Constant table(const std::vector<Row> &rows, const std::string &symbol) {
  return {Constant::Address{rows.empty() ? "" : symbol}};
}

/// The variables that @adapt writes.
static std::vector<Fields> describeMeasured(ModuleOp planned) {
  std::set<int64_t> places;
  if (exec::FuncOp adapt = step(planned, nn::adaptName))
    for (const StepCall &call : stepCalls(adapt))
      for (const StepBuffer &output : call.outputs)
        if (output.argument < 0 && output.region == exec::Region::Params)
          places.insert(output.offset);
  std::vector<Fields> rows;
  for (auto variable : planned.getOps<exec::VariableOp>())
    if (variable.getRegion() == exec::Region::Params &&
        places.count(variable.getOffset())) {
      auto type = cast<ShapedType>(variable.getType());
      rows.push_back(
          {{int64_t(variable.getOffset())},
           {int64_t(type.getElementTypeBitWidth() / 8 * type.getNumElements())},
           {int32_t(LATHE_PARAMS)},
           {int32_t(1)}});
    }
  return rows;
}

static std::vector<Fields> describeWhitenings(ModuleOp planned) {
  std::vector<Fields> rows;
  for (auto matrix : planned.getOps<exec::VariableOp>()) {
    auto whitening = matrix->getAttrOfType<DictionaryAttr>(nn::whiteningAttr);
    if (!whitening)
      continue;
    auto covariance = planned.lookupSymbol<exec::VariableOp>(
        whitening.getAs<FlatSymbolRefAttr>("covariance").getValue());
    assert(covariance && "the frontend declares both");
    rows.push_back(
        {{int64_t(covariance.getOffset())},
         {int64_t(matrix.getOffset())},
         {whitening.getAs<FloatAttr>("epsilon").getValueAsDouble()},
         {int32_t(cast<ShapedType>(matrix.getType()).getDimSize(0))}});
  }
  return rows;
}

static Fields describeLayout(ModuleOp planned, exec::LayoutOp layout,
                             StringRef target, ModelTables &tables) {
  auto place = [&](StringRef name) {
    return int64_t(planned.lookupSymbol<exec::VariableOp>(name).getOffset());
  };
  auto offset = [&](StringRef name) { return Constant{place(name)}; };
  assert(place("fit/plateau_cooldown") + 8 - place("fit/epoch") ==
             int64_t(sizeof(lathe_fit_record)) &&
         "the variables of fit lie as the struct's fields");
  GuardTable guard = describeGuard(planned);
  tables.bounds = std::move(guard.bounds);
  tables.kept = std::move(guard.kept);
  tables.draws = describeDraws(planned);
  tables.mixes = describeMixes(planned);
  tables.measured = describeMeasured(planned);
  tables.whitenings = describeWhitenings(planned);
  exec::FuncOp train = step(planned, nn::trainStepName);
  bool hasWeights = takesSampleWeights(train);
  auto mixPlace = [&](int64_t AugmentedBatch::*part) -> Constant {
    if (!takesMixedLabels(train))
      return {int64_t(-1)};
    auto type = [&](unsigned i) {
      return cast<ShapedType>(train.getArgumentTypes()[i]);
    };
    AugmentedBatch batch(type(0), type(1), int64_t(layout.getBatch()));
    return {int64_t(*layout.getAugmented()) + batch.*part};
  };
  int64_t best = -1;
  for (auto variable : planned.getOps<exec::VariableOp>())
    if (variable.getRegion() == exec::Region::State && best < 0 &&
        variable.getSymName().starts_with("best/"))
      best = variable.getOffset();
  return {
      offset(nn::iterationName),
      offset(nn::seedName),
      offset(nn::learningRateName),
      {planned.lookupSymbol(nn::epochStepsName) ? place(nn::epochStepsName)
                                                : int64_t(-1)},
      offset("fit/epoch"),
      {best},
      describeStage(layout.getTrainStage(), hasWeights),
      describeStage(layout.getEvaluateStage(), hasWeights),
      {int64_t(layout.getPreparedPlace())},
      {x86Level(target)},
      {int32_t(tables.bounds.size())},
      {int32_t(tables.kept.size())},
      table(tables.bounds, boundsSymbol(tables)),
      table(tables.kept, keptSymbol(tables)),
      {guard.place},
      {guard.rateFactor},
      {guard.weightDecay},
      {int32_t(tables.draws.size())},
      {int32_t(0)},
      table(tables.draws, drawsSymbol(tables)),
      {int64_t(layout.getAugmentSlot().value_or(0))},
      {int64_t(layout.getAugmentNumbers().value_or(0))},
      {layout.getAugmented() ? int64_t(*layout.getAugmented()) : int64_t(-1)},
      {int32_t(tables.mixes.size())},
      {int32_t(0)},
      table(tables.mixes, mixesSymbol(tables)),
      mixPlace(&AugmentedBatch::others),
      mixPlace(&AugmentedBatch::shares),
      {int32_t(tables.measured.size())},
      {int32_t(tables.whitenings.size())},
      table(tables.measured, measuredSymbol(tables)),
      table(tables.whitenings, whiteningsSymbol(tables))};
}

/// The model's file may name it.
static std::string portName(exec::FuncOp predict, unsigned number) {
  if (auto name =
          predict.getArgAttrOfType<StringAttr>(number, nn::portNameAttr))
    return name.str();
  unsigned inputs = exec::countInputs(predict);
  return number < inputs ? "images" : "probabilities";
}

/// Without the batch, where it has one.
static ArrayRef<int64_t> sampleShape(MemRefType type) {
  ArrayRef<int64_t> shape = type.getShape();
  bool batched = !shape.empty() && ShapedType::isDynamic(shape.front());
  return shape.drop_front(batched);
}

SampleShapes lathe::sampleShapes(exec::FuncOp predict) {
  ArrayRef<Type> types = predict.getArgumentTypes();
  unsigned inputs = exec::countInputs(predict);
  SampleShapes result{inputs == 1 && types.size() == 2, {}, 1};
  for (Type type : types)
    result.plain &= cast<MemRefType>(type).getElementType().isF32();
  if (inputs > 0)
    result.input = llvm::to_vector(sampleShape(cast<MemRefType>(types[0])));
  if (result.input.size() > 4)
    result.input.clear();
  for (int64_t extent : sampleShape(cast<MemRefType>(types[inputs])))
    result.outputs *= extent;
  return result;
}

ModelPort lathe::describePort(exec::FuncOp predict, unsigned number) {
  auto type = cast<MemRefType>(predict.getArgumentTypes()[number]);
  return {portName(predict, number), dtype(type.getElementType()),
          llvm::to_vector(sampleShape(type))};
}

static Fields portFields(const ModelPort &port) {
  return {string(port.name),
          {port.dtype},
          {int32_t(port.shape.size())},
          shape(port.shape, 8)};
}

std::string lathe::modelName(ModuleOp planned) {
  return nn::modelName(planned).str();
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

std::string lathe::inputsSymbol(const ModelTables &tables) {
  return tables.name + "_input_ports";
}

std::string lathe::outputsSymbol(const ModelTables &tables) {
  return tables.name + "_output_ports";
}

std::string lathe::boundsSymbol(const ModelTables &tables) {
  return tables.name + "_bounds";
}

std::string lathe::drawsSymbol(const ModelTables &tables) {
  return tables.name + "_draws";
}

std::string lathe::mixesSymbol(const ModelTables &tables) {
  return tables.name + "_mixes";
}

std::string lathe::measuredSymbol(const ModelTables &tables) {
  return tables.name + "_measured";
}

std::string lathe::whiteningsSymbol(const ModelTables &tables) {
  return tables.name + "_whitenings";
}

std::string lathe::keptSymbol(const ModelTables &tables) {
  return tables.name + "_kept";
}

ModelTables lathe::describeModel(ModuleOp planned, StringRef target,
                                 int64_t stackSize) {
  auto recipes = planned.getOps<nn::RecipeOp>();
  nn::RecipeOp recipe = recipes.empty() ? nn::RecipeOp() : *recipes.begin();
  exec::LayoutOp layout = *planned.getOps<exec::LayoutOp>().begin();
  ModelTables tables;
  tables.name = modelName(planned);

  int64_t parameters = 0;
  for (auto variable : planned.getOps<exec::VariableOp>()) {
    if (variable.getRegion() == exec::Region::Prepared)
      continue;
    tables.tensors.push_back(describeTensor(variable, tables));
    if (variable.getRegion() == exec::Region::Params && variable.getTrainable())
      parameters += cast<RankedTensorType>(variable.getType()).getNumElements();
  }
  for (const KernelDescription &kernel : describeKernels(planned))
    tables.kernels.push_back(fieldsOf(kernel));
  if (auto names = recipe ? recipe.getClassNames() : std::nullopt)
    for (auto name : names->getAsRange<StringAttr>())
      tables.classNames.push_back(name.str());

  exec::FuncOp predict = step(planned, nn::predictName);
  unsigned inputs = exec::countInputs(predict);
  for (unsigned i = 0; i < predict.getArgumentTypes().size(); ++i)
    (i < inputs ? tables.inputs : tables.outputs)
        .push_back(portFields(describePort(predict, i)));
  SampleShapes samples = sampleShapes(predict);
  tables.trains = recipe != nullptr;
  tables.predicts = samples.plain;
  tables.augments = recipe && step(planned, nn::augmentName);
  tables.mixesImages = recipe && step(planned, nn::mixName);
  tables.adapts = recipe && step(planned, nn::adaptName);
  tables.sampleWeights = recipe && recipe.getSampleWeight();
  int64_t labelSize = 1;
  if (tables.trains) {
    auto labels = cast<MemRefType>(
        step(planned, nn::trainStepName).getArgumentTypes()[1]);
    if (labels.getRank() == 2)
      labelSize = labels.getShape().back();
  }
  auto function = [&](StringRef name, bool exists = true) {
    return Constant{Constant::Address{exists ? tables.name + "_" + name.str()
                                             : std::string()}};
  };
  tables.model = {
      {int32_t(LATHE_ARTIFACT_VERSION)},
      string(tables.name),
      string(compilerVersion()),
      string(target),
      {int32_t(samples.input.size())},
      shape(samples.input, 4),
      {int32_t(samples.outputs == 1 ? 2 : samples.outputs)},
      {int32_t(samples.outputs)},
      {int32_t(labelSize)},
      table(tables.classNames, classNamesSymbol(tables)),
      string(recipe ? dataText(recipe) : ""),
      {int32_t(layout.getBatch())},
      {int32_t(layout.getPredictBatch().value_or(layout.getBatch()))},
      {int64_t(layout.getParamsSize())},
      {int64_t(layout.getStateSize())},
      {int64_t(layout.getTrainArenaSize())},
      {int64_t(layout.getPredictArenaSize())},
      {int64_t(layout.getPreparedSize())},
      {int64_t(layout.getAlignment())},
      {parameters},
      {int32_t(tables.tensors.size())},
      table(tables.tensors, tensorsSymbol(tables)),
      {int32_t(tables.kernels.size())},
      table(tables.kernels, kernelsSymbol(tables)),
      {recipe ? describeRecipe(recipe)
              : describeNoRecipe(planned.getContext(), layout.getBatch())},
      function("init"),
      function("prepare"),
      function("predict", tables.predicts),
      function("predict_prepared", tables.predicts),
      function("train_step", tables.trains),
      function("train_step_weighted", tables.sampleWeights),
      function("evaluate", tables.trains),
      function("fit", tables.trains),
      function("status_name"),
      {int32_t(tables.inputs.size())},
      {int32_t(tables.outputs.size())},
      table(tables.inputs, inputsSymbol(tables)),
      table(tables.outputs, outputsSymbol(tables)),
      function("run"),
      function("run_prepared"),
      function("first_not_finite", tables.trains),
      {stackSize}};
  tables.model.push_back(function("augment", tables.augments));
  tables.model.push_back(function("mix", tables.mixesImages));
  tables.model.push_back(function("adapt", tables.adapts));
  tables.model.push_back(function("is_adapted", tables.adapts));
  tables.layout = recipe ? describeLayout(planned, layout, target, tables)
                         : describeLayout(layout, target);
  return tables;
}
