//===- FiniteDifferences.cpp - Gradients against differences --------------===//
#include "compiler/verify/FiniteDifferences.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include <cmath>
#include <cstring>

using namespace mlir;

namespace lathe::verify {

/// A step of two: the first leaves its gradients as they are.
static constexpr int64_t accumulated = 2;
static constexpr StringLiteral gradientPrefix = "optimizer/gradient/";

/// Penalties on weights are no part of what is differentiated.
static void keepGradients(ModuleOp imported) {
  Builder builder(imported.getContext());
  for (auto recipe : imported.getOps<nn::RecipeOp>())
    recipe.setOptimizerAttr(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", builder.getStringAttr("sgd")),
         builder.getNamedAttr("learning_rate", builder.getF64FloatAttr(0)),
         builder.getNamedAttr("momentum", builder.getF64FloatAttr(0)),
         builder.getNamedAttr("nesterov", builder.getBoolAttr(false)),
         builder.getNamedAttr("gradient_accumulation_steps",
                              builder.getI64IntegerAttr(accumulated))}));
  for (auto variable : imported.getOps<nn::VariableOp>()) {
    variable.removeL1Attr();
    variable.removeL2Attr();
  }
}

static Array *find(std::vector<Array> &arrays, StringRef name) {
  for (Array &array : arrays)
    if (array.name == name)
      return &array;
  return nullptr;
}

static float *floatsOf(Array &array) {
  return reinterpret_cast<float *>(array.bytes.data());
}

namespace {
class Slopes {
public:
  Slopes(Variant &model, Call call, Random &random)
      : model(model), call(std::move(call)), random(random),
        outcome(model.run(this->call)) {}

  SlopeRow check(StringRef parameter) {
    Array &gradient =
        *find(outcome.variables, (gradientPrefix + parameter).str());
    origin = numbersOf(*find(call.variables, parameter));
    draw(numbersOf(gradient));
    SlopeRow row;
    row.parameter = parameter.str();
    for (auto [d, g] : llvm::zip_equal(direction, numbersOf(gradient)))
      row.gradient += d * g;
    judge(row);
    return row;
  }

private:
  /// Differences over ever smaller steps, until they show the gradient, or
  /// nothing but rounding. Near a kink they settle late: what has not settled
  /// proves nothing.
  void judge(SlopeRow &row) {
    constexpr double largest = 4e-3, exactness = 1e-2;
    double before = HUGE_VAL;
    row.verdict = SlopeRow::Unclear;
    for (double step = largest; step > largest / 100; step /= 2) {
      double rounded = rounding() / step;
      row.difference = difference(row.parameter, step);
      double apart = std::fabs(row.difference - row.gradient);
      double size =
          std::max(std::fabs(row.difference), std::fabs(row.gradient));
      row.tolerance = rounded + exactness * std::fabs(row.gradient);
      if (apart <= row.tolerance) {
        row.verdict = rounded < size / 5 ? SlopeRow::Agrees : SlopeRow::Unclear;
        return;
      }
      if (rounded > size / 10)
        return;
      double unsettled = std::fabs(row.difference - before) + rounded;
      row.verdict =
          apart > 4 * unsettled ? SlopeRow::Departs : SlopeRow::Unclear;
      before = row.difference;
    }
  }

  double loss() { return model.firstResult(call); }

  /// Some units in the last place of the loss, each difference.
  double rounding() {
    return 16 * std::ldexp(std::fabs(numbersOf(outcome.outputs[0])[0]), -24);
  }

  /// Partly along the gradient, so that there is something to measure; as long
  /// as an element of the parameter is large.
  void draw(const std::vector<double> &gradient) {
    double norm = 0, size = 0;
    for (double g : gradient)
      norm += g * g;
    for (double value : origin)
      size += value * value;
    norm = std::sqrt(norm);
    double count = double(origin.size());
    std::normal_distribution<double> normal(0, 1 / std::sqrt(count));
    direction.assign(origin.size(), 0);
    double length = 0;
    for (size_t i = 0; i < direction.size(); ++i) {
      direction[i] = normal(random) + (norm > 0 ? gradient[i] / norm : 0);
      length += direction[i] * direction[i];
    }
    double scale = std::max(1e-2, std::sqrt(size / count)) / std::sqrt(length);
    for (double &d : direction)
      d *= scale * std::sqrt(std::min(count, 16.0));
  }

  double difference(StringRef parameter, double size) {
    Array &array = *find(call.variables, parameter);
    auto moved = [&](double by) {
      for (size_t i = 0; i < origin.size(); ++i)
        floatsOf(array)[i] = static_cast<float>(origin[i] + by * direction[i]);
      return loss();
    };
    double result = (moved(size) - moved(-size)) / (2 * size);
    for (size_t i = 0; i < origin.size(); ++i)
      floatsOf(array)[i] = static_cast<float>(origin[i]);
    return result;
  }

  Variant &model;
  Call call;
  Random &random;
  Outcome outcome;
  std::vector<double> origin, direction;
};

/// Evenly spread.
std::vector<std::string> chooseParameters(Variant &model, unsigned most) {
  std::vector<std::string> all, chosen;
  for (auto variable : model.module().getOps<exec::VariableOp>())
    if (variable.getSymName().starts_with(gradientPrefix))
      all.push_back(
          variable.getSymName().drop_front(gradientPrefix.size()).str());
  size_t count = std::min<size_t>(most, all.size());
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(all[count == 1 ? 0 : i * (all.size() - 1) / (count - 1)]);
  return chosen;
}
} // namespace

std::vector<SlopeRow> checkGradients(const Subject &subject,
                                     const std::vector<Array> &start,
                                     unsigned parameters, KernelStore &store,
                                     Random &random, std::string &error) {
  OwningOpRef<ModuleOp> imported = cast<ModuleOp>(subject.imported->clone());
  keepGradients(*imported);
  Subject kept = subject;
  kept.imported = *imported;
  Names all(subject.optimizations.begin(), subject.optimizations.end());
  std::unique_ptr<Variant> model = Variant::create(kept, all, store, error);
  if (!model)
    return {};
  Call call;
  call.step = nn::trainStepName.str();
  call.samples = std::min(model->batch(), 4);
  call.variables = model->variables();
  for (Array &variable : call.variables)
    for (const Array &given : start)
      if (given.name == variable.name &&
          given.bytes.size() == variable.bytes.size())
        variable.bytes = given.bytes;
  call.inputs = drawInputs(*model, *imported, call.step, call.samples, random);
  std::vector<SlopeRow> rows;
  Slopes slopes(*model, call, random);
  for (const std::string &parameter : chooseParameters(*model, parameters))
    rows.push_back(slopes.check(parameter));
  return rows;
}

} // namespace lathe::verify
