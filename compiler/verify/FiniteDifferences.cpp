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
  Slopes(Variant &model, Call call, ArrayRef<std::string> parameters,
         Random &random)
      : model(model), call(std::move(call)), random(random),
        found(run(this->call, parameters)) {
    Call shaken = this->call;
    for (unsigned i = 0; i < shakes; ++i) {
      shaken.noise = random();
      others.push_back(run(shaken, parameters));
    }
  }

  SlopeRow check(StringRef parameter) {
    origin = numbersOf(*find(call.variables, parameter));
    draw(numbersOf(found.gradients[parameter]));
    SlopeRow row;
    row.parameter = parameter.str();
    row.gradient = along(found.gradients[parameter]);
    judge(row);
    return row;
  }

private:
  /// What a step finds: its loss and some gradients.
  struct Findings {
    double loss = 0;
    llvm::StringMap<Array> gradients;
  };
  /// Runs with noise, see Noise.h. That is of sixteen units in the last place;
  /// rounding is of one or two.
  static constexpr unsigned shakes = 3;
  static constexpr double rounds = 2.0 / 16;

  Findings run(const Call &call, ArrayRef<std::string> parameters) {
    Outcome outcome = model.run(call);
    Findings findings;
    findings.loss = numbersOf(outcome.outputs[0])[0];
    for (const std::string &parameter : parameters)
      findings.gradients[parameter] = std::move(
          *find(outcome.variables, (gradientPrefix + parameter).str()));
    return findings;
  }

  /// The slope in the direction.
  double along(const Array &gradient) const {
    double slope = 0;
    for (auto [d, g] : llvm::zip_equal(direction, numbersOf(gradient)))
      slope += d * g;
    return slope;
  }

  /// Differences over ever smaller steps, until they show the gradient, or
  /// nothing but rounding. Near a kink they settle late: what has not settled
  /// proves nothing.
  void judge(SlopeRow &row) {
    constexpr double largest = 4e-3, exactness = 1e-2;
    double before = HUGE_VAL;
    double inexact = roundingOfGradient(row);
    row.verdict = SlopeRow::Unclear;
    for (double step = largest; step > largest / 100; step /= 2) {
      double rounded = rounding() / step;
      row.difference = difference(row.parameter, step);
      double apart = std::fabs(row.difference - row.gradient);
      double size =
          std::max(std::fabs(row.difference), std::fabs(row.gradient));
      row.tolerance =
          rounded + std::max(inexact, exactness * std::fabs(row.gradient));
      if (apart <= row.tolerance) {
        row.verdict = std::max(rounded, inexact) < size / 5 ? SlopeRow::Agrees
                                                            : SlopeRow::Unclear;
        return;
      }
      if (rounded > size / 10)
        return;
      double unsettled = std::fabs(row.difference - before) + rounded + inexact;
      row.verdict =
          apart > 4 * unsettled ? SlopeRow::Departs : SlopeRow::Unclear;
      before = row.difference;
    }
  }

  double loss() { return model.firstResult(call); }

  /// What rounding may make of the slope that the gradient says.
  double roundingOfGradient(const SlopeRow &row) {
    double most = 0;
    for (Findings &other : others)
      most = std::max(most, std::fabs(along(other.gradients[row.parameter]) -
                                      row.gradient));
    return rounds * most;
  }

  /// What rounding may make of a loss: some units in its last place, or what
  /// noise makes of it.
  double rounding() const {
    double most = 16 * std::ldexp(std::fabs(found.loss), -24);
    for (const Findings &other : others)
      most = std::max(most, rounds * std::fabs(other.loss - found.loss));
    return most;
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
  Findings found;
  std::vector<Findings> others; ///< with noise
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
  std::vector<std::string> chosen = chooseParameters(*model, parameters);
  std::vector<SlopeRow> rows;
  Slopes slopes(*model, call, chosen, random);
  for (const std::string &parameter : chosen)
    rows.push_back(slopes.check(parameter));
  return rows;
}

} // namespace lathe::verify
