//===- Case.cpp - One case of a conformance suite -------------------------===//
#include "test/conformance/Case.h"
#include "compiler/frontend/onnx/File.h"
#include "runtime/data/readers.h"
#include "test/conformance/Artifact.h"
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

using namespace lathe;
using namespace lathe::conformance;
namespace fs = std::filesystem;

namespace {
/// A file's arrays by its graph's names.
struct Ports {
  std::vector<std::string> inputs, outputs;
};

Ports readPorts(const std::string &path) {
  lathe::onnx::File file(path);
  Ports ports;
  std::set<std::string> initialized;
  for (const auto &tensor : file.graph().initializer())
    initialized.insert(tensor.name());
  for (const auto &input : file.graph().input())
    if (!initialized.count(input.name()))
      ports.inputs.push_back(input.name());
  for (const auto &output : file.graph().output())
    ports.outputs.push_back(output.name());
  return ports;
}

std::string describe(const std::vector<int64_t> &shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

/// Why the arrays are not the same; empty where they are.
std::string compare(const Array &got, const Array &wanted) {
  if (got.dtype != wanted.dtype)
    return fmt::format("output {} has another type", got.name);
  if (got.shape != wanted.shape)
    return fmt::format("output {} has shape {}, not {}", got.name,
                       describe(got.shape), describe(wanted.shape));
  std::vector<double> a = numbersOf(got), b = numbersOf(wanted);
  bool exact = got.dtype != LATHE_F32;
  for (size_t i = 0; i < a.size(); ++i) {
    bool close = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    if (!close && !exact)
      close = std::abs(a[i] - b[i]) <=
              absoluteTolerance + relativeTolerance * std::abs(b[i]);
    if (!close)
      return fmt::format("output {}: element {} is {}, not {}", got.name, i,
                         a[i], b[i]);
  }
  return "";
}

/// A graph compiled for one set of inputs: those that must be known when
/// compiling are constants of that artifact.
struct Compiled {
  std::optional<Artifact> artifact;
  std::string refusal;
  std::map<std::string, std::string> constants;
};

Compiled compileFor(const Case &test, const Ports &ports,
                    const std::string &set, const std::string &cache) {
  Compiled result;
  static const std::regex wanted(
      "input '([^']*)' must be known when compiling");
  for (;;) {
    result.refusal.clear();
    lathe::onnx::ImportOptions options;
    options.constants = result.constants;
    result.artifact = Artifact::compile(test.folder + "/model.onnx", cache,
                                        options, result.refusal);
    if (result.artifact)
      return result;
    size_t before = result.constants.size();
    std::string text = result.refusal;
    for (std::smatch match; std::regex_search(text, match, wanted);
         text = match.suffix())
      for (size_t i = 0; i < ports.inputs.size(); ++i)
        if (ports.inputs[i] == match[1])
          result.constants[match[1]] = fmt::format("{}/input_{}.pb", set, i);
    if (result.constants.size() == before)
      return result;
  }
}

std::string runSet(Compiled &compiled, const Ports &ports,
                   const std::string &set) {
  std::map<std::string, Array> inputs;
  for (size_t i = 0; i < ports.inputs.size(); ++i)
    inputs[ports.inputs[i]] = readArray(fmt::format("{}/input_{}.pb", set, i));
  std::vector<const Array *> order;
  const lathe_model &model = compiled.artifact->model();
  for (int32_t i = 0; i < model.input_count; ++i)
    order.push_back(&inputs.at(model.input_ports[i].name));
  std::vector<Array> outputs = compiled.artifact->run(order);
  if (outputs.size() != ports.outputs.size())
    return "the number of outputs differs";
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name != ports.outputs[i])
      return "output " + outputs[i].name + " has another name";
    Array wanted = readArray(fmt::format("{}/output_{}.pb", set, i));
    std::string difference = compare(outputs[i], wanted);
    if (!difference.empty())
      return fs::path(set).filename().string() + ": " + difference;
  }
  return "";
}

/// Every image of a data set gets the label that another framework gave it.
std::string checkLabels(Compiled &compiled, const nlohmann::json &expected,
                        const std::string &data) {
  std::vector<int32_t> labels = expected["predictions_first_1000"];
  std::map<std::string, std::pair<float, float>> preparations = {
      {"raw", {1.0f, 0.0f}},
      {"mnorm", {1 / 255.0f / 0.3081f, -0.1307f / 0.3081f}}};
  auto [factor, offset] = preparations.at(expected["preprocess_key"]);
  DatasetSpec spec;
  spec.height = spec.width = 28;
  spec.channels = 1;
  spec.classes = 10;
  auto images = idx_reader.open(data + "/mnist", spec, Part::Test);
  unsigned wrong = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    auto number = int64_t(i);
    int32_t label = 0;
    std::vector<float> pixels(size_t(spec.image_size()));
    images->read(&number, 1, pixels.data(), &label);
    for (float &pixel : pixels)
      pixel = pixel * factor + offset;
    Array input{"", LATHE_F32, {1, 1, 28, 28}, {}};
    input.bytes.assign(reinterpret_cast<char *>(pixels.data()),
                       reinterpret_cast<char *>(pixels.data() + pixels.size()));
    std::vector<double> scores = numbersOf(compiled.artifact->run({&input})[0]);
    auto best = std::max_element(scores.begin(), scores.end());
    wrong += best - scores.begin() != labels[i];
  }
  return wrong ? fmt::format("{} of {} labels differ", wrong, labels.size())
               : "";
}
} // namespace

Outcome lathe::conformance::runCase(const Case &test, const std::string &cache,
                                    const std::string &data) {
  try {
    Ports ports = readPorts(test.folder + "/model.onnx");
    std::vector<std::string> sets;
    for (const auto &entry : fs::directory_iterator(test.folder))
      if (entry.is_directory())
        sets.push_back(entry.path().string());
    std::sort(sets.begin(), sets.end());
    if (sets.empty())
      return {Verdict::Wrong, "there is nothing to compare with"};
    std::optional<Compiled> compiled;
    for (const std::string &set : sets) {
      // Constants are those of the set.
      if (!compiled || !compiled->constants.empty())
        compiled.emplace(compileFor(test, ports, set, cache));
      if (!compiled->artifact)
        return {Verdict::Refused, compiled->refusal};
      std::string difference = runSet(*compiled, ports, set);
      if (!difference.empty())
        return {Verdict::Wrong, difference};
    }
    std::ifstream labels(test.folder + "/expected.json");
    if (labels) {
      std::string difference =
          checkLabels(*compiled, nlohmann::json::parse(labels), data);
      if (!difference.empty())
        return {Verdict::Wrong, difference};
    }
    return {Verdict::Passed, ""};
  } catch (const lathe::onnx::Refusal &refusal) {
    return {Verdict::Refused, refusal.what()};
  } catch (const std::exception &error) {
    return {Verdict::Wrong, error.what()};
  }
}
