//===- Draw.cpp - Random weights and samples ------------------------------===//
#include "compiler/verify/Draw.h"
#include "compiler/verify/Agreement.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cmath>
#include <cstring>

using namespace mlir;

namespace lathe::verify {

template <typename Element>
static MutableArrayRef<Element> elementsOf(Array &array) {
  return {reinterpret_cast<Element *>(array.bytes.data()),
          array.bytes.size() / sizeof(Element)};
}

static float normal(Random &random, double deviation) {
  return static_cast<float>(
      std::normal_distribution<double>(0, deviation)(random));
}

/// As initializers draw, by He et al. where they depend on the shape: signals
/// keep their size through a deep network.
static void drawParameter(exec::VariableOp variable, Array &array,
                          Random &random) {
  StringRef initializer = variable.getInitializer();
  bool isFixed = initializer == "zeros" || initializer == "ones" ||
                 initializer == "constant";
  double deviation = 0.1;
  if (!isFixed)
    deviation = std::sqrt(
        2.0 / double(std::max<int64_t>(1, nn::computeFans(array.shape).in)));
  // A moving variance is positive.
  bool isPositive = initializer == "ones" && !variable.getTrainable();
  for (float &value : elementsOf<float>(array)) {
    float step = normal(random, deviation);
    value += isPositive ? std::fabs(step) : step;
  }
}

std::vector<Array> drawVariables(Variant &model, ModuleOp imported,
                                 Random &random) {
  // The weights of a graph that is only run are its own, in an order that is
  // the compiler's.
  if (imported.getOps<nn::RecipeOp>().empty())
    return {};
  std::vector<Array> variables = model.variables();
  for (Array &array : variables) {
    auto variable = model.module().lookupSymbol<exec::VariableOp>(array.name);
    if (variable.getRegion() == exec::Region::Params &&
        array.type == "float32" && !variable.getDataAttr())
      drawParameter(variable, array, random);
    else if (array.name == nn::seedName)
      elementsOf<int64_t>(array)[0] = 1;
  }
  return variables;
}

/// What the network's first layer makes 1 of.
static double rangeOf(ModuleOp imported) {
  auto forward = imported.lookupSymbol<func::FuncOp>(nn::forwardName);
  if (!forward || forward.getNumArguments() == 0)
    return 1;
  for (Operation *user : forward.getArgument(0).getUsers())
    if (auto scale = dyn_cast<nn::ScaleOp>(user)) {
      double factor = std::fabs(scale.getScale().convertToDouble());
      return factor > 0 && factor < 1 ? 1 / factor : 1;
    }
  return 1;
}

/// Class numbers, or zero and one for each score.
static void drawLabels(Variant &model, Array &labels, Random &random) {
  exec::FuncOp predict = model.step(nn::predictName);
  Type scores = predict.getArgumentTypes()[exec::countInputs(predict)];
  int64_t classes = cast<ShapedType>(scores).getShape().back();
  bool isTruth = labels.shape.size() > 1 || classes == 1;
  std::uniform_int_distribution<int32_t> draw(
      0, int32_t(isTruth ? 1 : classes - 1));
  for (int32_t &label : elementsOf<int32_t>(labels))
    label = draw(random);
}

std::vector<Array> drawInputs(Variant &model, ModuleOp imported, StringRef step,
                              int samples, Random &random) {
  exec::FuncOp function = model.step(step);
  bool hasLabels = step == nn::trainStepName || step == nn::evaluateName;
  bool isGraph = imported.getOps<nn::RecipeOp>().empty();
  std::vector<Array> inputs;
  for (unsigned i = 0; i < exec::countInputs(function); ++i) {
    Array &input = inputs.emplace_back(
        emptyArray(function.getArgumentTypes()[i], samples));
    if (hasLabels && i == 1) {
      drawLabels(model, input, random);
    } else if (input.type == "float32") {
      std::uniform_real_distribution<float> weight(0.5f, 1.5f),
          pixel(0, static_cast<float>(rangeOf(imported)));
      for (float &value : elementsOf<float>(input))
        value = isGraph ? normal(random, 1)
                : i > 1 ? weight(random)
                        : pixel(random);
    } else {
      std::uniform_int_distribution<int> bit(0, 1);
      if (input.type == "int64")
        for (int64_t &value : elementsOf<int64_t>(input))
          value = bit(random);
      else if (input.type == "int32")
        for (int32_t &value : elementsOf<int32_t>(input))
          value = bit(random);
      else
        for (uint8_t &value : elementsOf<uint8_t>(input))
          value = uint8_t(bit(random));
    }
  }
  return inputs;
}

Call perturb(const Call &call, Random &random) {
  Call perturbed = call;
  perturbed.noise = random();
  std::uniform_real_distribution<double> draw(-perturbation, perturbation);
  auto shift = [&](Array &array, bool isInput) {
    if (array.type != "float32")
      return;
    // Where an image is zero, an algorithm that adds and subtracts its
    // neighbours makes something else of it.
    double largest = 0;
    if (isInput)
      for (float value : elementsOf<float>(array))
        largest = std::max<double>(largest, std::fabs(value));
    for (float &value : elementsOf<float>(array))
      value = static_cast<float>(value + value * draw(random) +
                                 largest * draw(random));
  };
  for (Array &variable : perturbed.variables)
    shift(variable, false);
  for (Array &input : perturbed.inputs)
    shift(input, true);
  return perturbed;
}

} // namespace lathe::verify
