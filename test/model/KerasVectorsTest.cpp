//===- KerasVectorsTest.cpp - Layers against outputs that Keras recorded --===//
//
// Each file of the folder keras-js-vectors holds cases of one layer: its
// configuration, weights, input and output. Every case becomes a model of that
// layer. What Keras 3 computes differently, or Lathe leaves out, is listed with
// the reason below.
//
//===----------------------------------------------------------------------===//
#include "test/model/Model.h"
#include "test/model/RealData.h"
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>

using namespace lathe;
using namespace lathe::test;
using nlohmann::json;

namespace {

/// Cases that are not expected to hold, by the beginning of their id.
const std::map<std::string, std::string> leftOut = {
    {"core.Activation.8", "Keras 3 gives hard_sigmoid the slope 1/6, not 0.2"},
    {"activations.hard_sigmoid", "Keras 3 gives it the slope 1/6, not 0.2"},
    {"core.Permute.3", "an input of four dimensions"},
    {"advanced_activations.ThresholdedReLU", "not a layer of Lathe"},
};

/// The arguments of cases that come without a configuration.
const std::map<std::string, std::string> arguments = {
    {"core.Activation.0", "activation: softmax"},
    {"core.Activation.1", "activation: elu"},
    {"core.Activation.2", "activation: selu"},
    {"core.Activation.3", "activation: softplus"},
    {"core.Activation.4", "activation: softsign"},
    {"core.Activation.5", "activation: relu"},
    {"core.Activation.6", "activation: tanh"},
    {"core.Activation.7", "activation: sigmoid"},
    {"core.Activation.9", "activation: linear"},
    {"core.Dense.0", "units: 2, activation: linear"},
    {"core.Dense.1", "units: 2, activation: sigmoid"},
    {"core.Dense.2", "units: 2, activation: softplus, use_bias: false"},
    {"core.Dense.3", "units: 2, activation: linear"},
    {"core.Dense.4", "units: 2, activation: sigmoid"},
    {"core.Dense.5", "units: 2, activation: softplus, use_bias: false"},
    {"core.Dropout.0", "rate: 0.3"},
    {"core.RepeatVector.0", "n: 7"},
    {"advanced_activations.LeakyReLU.0", "negative_slope: 0.4"},
    {"advanced_activations.ELU.0", "alpha: 1.1"},
    {"merge.Concatenate.0", "axis: -1"},
    {"merge.Concatenate.1", "axis: -1"},
    {"merge.Concatenate.2", "axis: -2"},
    {"merge.Concatenate.3", "axis: 1"},
    {"merge.Concatenate.4", "axis: 2"},
    {"merge.Concatenate.5", "axis: -1"},
    {"merge.Concatenate.6", "axis: -1"},
    {"noise.GaussianNoise.0", "stddev: 0.1"},
};

bool beginsWith(const std::string &text, const std::string &start) {
  return text.compare(0, start.size(), start) == 0;
}

std::string reasonToLeaveOut(const std::string &id) {
  for (auto &[start, reason] : leftOut)
    if (beginsWith(id, start))
      return reason;
  return "";
}

/// Keras 2's configuration as our arguments, which are Keras 3's.
std::string argumentsOf(const json &test) {
  auto known = arguments.find(test["id"]);
  if (known != arguments.end())
    return known->second;
  std::string text;
  if (!test.contains("config") || !test["config"].is_object())
    return text;
  for (auto &[name, value] : test["config"].items()) {
    if (value.is_null() || name == "data_format" || name == "inputShape" ||
        name == "axis" || (name == "units" && test["layer"] != "Dense"))
      continue;
    std::string written =
        value.is_string() ? value.get<std::string>() : value.dump();
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, written);
  }
  return text;
}

/// A model of one layer: `before` and `after` are whole lines.
std::string modelOf(const json &test, const json &shape,
                    const std::string &before, const std::string &after) {
  return fmt::format(
      "name: m\ninput: {{shape: {}}}\nlayers:\n{}  - {}: {{{}}}\n{}",
      shape.dump(), before, test["layer"].get<std::string>(), argumentsOf(test),
      after);
}

/// A merge of several Dense layers of the one input.
std::string mergeModel(const json &test) {
  size_t branches = test["weights"].size() / 2;
  bool repeated = test["expected"]["shape"].size() > 1;
  std::string layers, names;
  for (size_t i = 0; i < branches; ++i) {
    layers +=
        fmt::format("  - Dense: {{units: 2, inputs: input, name: d{}}}\n", i);
    if (repeated)
      layers += fmt::format("  - RepeatVector: {{n: 3, name: r{}}}\n", i);
    names += fmt::format("{}{}{}", i ? ", " : "", repeated ? 'r' : 'd', i);
  }
  std::string given = argumentsOf(test);
  return fmt::format("name: m\ninput: {{shape: [6]}}\nlayers:\n{}  - {}: "
                     "{{inputs: [{}]{}{}}}\n",
                     layers, test["layer"].get<std::string>(), names,
                     given.empty() ? "" : ", ", given);
}

/// Layers that work along the last dimension, asked to work along another.
std::string channelsFirst(const json &test, size_t axis) {
  const json &shape = test["input"]["shape"];
  std::vector<size_t> order, back(shape.size());
  for (size_t i = 1; i <= shape.size(); ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  for (size_t i = 0; i < order.size(); ++i)
    back[order[i] - 1] = i + 1;
  bool sameRank = test["expected"]["shape"].size() == shape.size();
  return modelOf(
      test, shape,
      fmt::format("  - Permute: {{dims: {}}}\n", json(order).dump()),
      sameRank ? fmt::format("  - Permute: {{dims: {}}}\n", json(back).dump())
               : "");
}

std::string describe(const json &test) {
  const json &shape = test["input"]["shape"];
  json config = test.value("config", json());
  std::string id = test["id"];
  if (beginsWith(id, "merge."))
    return mergeModel(test);
  bool hasDense = test.contains("weights") && test["weights"].size() == 2 &&
                  test["weights"][0]["shape"] == json({6, 2}) &&
                  test["layer"] != "Dense";
  if (hasDense)
    return modelOf(test, shape, "  - Dense: {units: 2}\n", "");
  if (config.is_object() && config.value("data_format", "") == "channels_first")
    return channelsFirst(test, 1);
  if (config.is_object() && config.contains("axis") && config["axis"] != -1)
    return channelsFirst(test, config["axis"]);
  return modelOf(test, shape, "", "");
}

void check(const json &test) {
  SCOPED_TRACE(test["id"].get<std::string>());
  // The loss takes any scores; it is never computed.
  std::string yaml = describe(test) + "compile: {loss: mean_squared_error}\n";
  std::string errors;
  std::unique_ptr<Runner> model = compileModel(yaml, Steps::Predict, errors);
  ASSERT_TRUE(model) << errors << yaml;
  size_t next = 0;
  json weights = test.value("weights", json::array());
  for (const Runner::Tensor &tensor : model->tensors()) {
    if (!tensor.isParameter)
      continue;
    ASSERT_LT(next, weights.size()) << tensor.name << "\n" << yaml;
    std::vector<float> values = weights[next++]["data"];
    ASSERT_EQ(values.size(), tensor.elements) << tensor.name;
    std::copy(values.begin(), values.end(), tensor.floats().begin());
  }
  ASSERT_EQ(next, weights.size()) << yaml;
  std::vector<float> expected = test["expected"]["data"];
  std::vector<float> scores = predict(*model, test["input"]["data"], 1);
  ASSERT_EQ(scores.size(), expected.size()) << yaml;
  for (size_t i = 0; i < scores.size(); ++i)
    ASSERT_NEAR(scores[i], expected[i], 1e-4 + 1e-5 * std::fabs(expected[i]))
        << "element " << i << "\n"
        << yaml;
}

/// The cases of a file. `activations.json` maps ids to cases of a function.
std::vector<json> readCases(const std::string &path) {
  std::ifstream file(path);
  json cases = json::parse(file);
  if (cases.is_array())
    return cases;
  std::vector<json> list;
  for (auto &[id, test] : cases.items()) {
    std::string rest = id.substr(id.find('.') + 1);
    test["id"] = id;
    test["layer"] = "Activation";
    test["config"] = {{"activation", rest.substr(0, rest.find('.'))}};
    if (rest == "elu.1" || rest == "elu.3" || beginsWith(rest, "relu.3") ||
        beginsWith(rest, "relu.4"))
      continue; // functions with arguments of their own
    list.push_back(test);
  }
  return list;
}

struct KerasVectors : testing::TestWithParam<const char *> {};

TEST_P(KerasVectors, agree) {
  std::string folder = conformanceFolder();
  if (folder.empty())
    GTEST_SKIP() << "the conformance data is not here";
  std::vector<json> cases =
      readCases(folder + "/keras-js-vectors/" + GetParam() + ".json");
  size_t checked = 0;
  for (const json &test : cases) {
    if (!reasonToLeaveOut(test["id"]).empty())
      continue;
    check(test);
    ++checked;
  }
  EXPECT_GT(checked, 0u);
  RecordProperty("cases", static_cast<int>(checked));
}

const char *const files[] = {"activations",
                             "convolutional.Conv1D",
                             "convolutional.Conv2D",
                             "convolutional.Conv2DTranspose",
                             "convolutional.Cropping1D",
                             "convolutional.Cropping2D",
                             "convolutional.SeparableConv2D",
                             "convolutional.UpSampling1D",
                             "convolutional.UpSampling2D",
                             "convolutional.ZeroPadding1D",
                             "convolutional.ZeroPadding2D",
                             "core.Activation",
                             "core.Dense",
                             "core.Dropout",
                             "core.Flatten",
                             "core.Permute",
                             "core.RepeatVector",
                             "core.Reshape",
                             "layers.advanced_activations",
                             "merge.Add",
                             "merge.Average",
                             "merge.Concatenate",
                             "merge.Maximum",
                             "merge.Minimum",
                             "merge.Multiply",
                             "merge.Subtract",
                             "noise.GaussianNoise",
                             "normalization.BatchNormalization",
                             "pooling.AveragePooling1D",
                             "pooling.AveragePooling2D",
                             "pooling.GlobalAveragePooling1D",
                             "pooling.GlobalAveragePooling2D",
                             "pooling.GlobalMaxPooling1D",
                             "pooling.GlobalMaxPooling2D",
                             "pooling.MaxPooling1D",
                             "pooling.MaxPooling2D"};

INSTANTIATE_TEST_SUITE_P(Layers, KerasVectors, testing::ValuesIn(files),
                         [](const testing::TestParamInfo<const char *> &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

} // namespace
