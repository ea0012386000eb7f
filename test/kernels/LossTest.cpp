//===- LossTest.cpp - Losses and their gradients -------------------------===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"
#include "test/model/RealData.h"

#include <nlohmann/json.hpp>

#include <cctype>
#include <fstream>

using namespace lathe::kernels;

namespace {
constexpr const char *functions[] = {"categorical_crossentropy",
                                     "binary_crossentropy",
                                     "categorical_focal_crossentropy",
                                     "binary_focal_crossentropy",
                                     "hinge",
                                     "squared_hinge",
                                     "categorical_hinge",
                                     "mean_squared_error",
                                     "mean_absolute_error"};

struct LossCase {
  int64_t classes = 1;
  bool severalLabels = false, weights = false, seed = false,
       sampleWeights = false;

  TensorType scores() const { return f32({dynamicBatch, classes}); }
  TensorType labels() const {
    return severalLabels ? i32({dynamicBatch, classes}) : i32({dynamicBatch});
  }
  KernelSpec spec(const std::string &op, const Attributes &attributes) const {
    SpecBuilder b(op);
    std::vector<int> operands = {b.input(scores()), b.input(labels())};
    if (weights)
      operands.push_back(
          b.input(f32({std::max<int64_t>(2, classes)}))); // of labels 0 and 1
    if (sampleWeights)
      operands.push_back(b.input(f32({dynamicBatch})));
    bool scalar = op == "loss" || op == "count_correct";
    if (seed && !scalar)
      operands.push_back(b.input(f32({})));
    TensorType result = op == "count_correct" ? i32({})
                        : scalar              ? f32({})
                                              : scores();
    return b.finish({b.op(op, operands, {result}, attributes)});
  }
};

/// Scores, probabilities where the loss takes them, and labels of one class.
Call callOf(const KernelSpec &spec, const LossCase &c, int64_t n,
            bool probabilities) {
  Call call(spec, n, static_cast<unsigned>(n));
  if (c.classes == 1) {
    std::vector<double> labels;
    for (int64_t i = 0; i < n; ++i)
      labels.push_back(static_cast<double>(i * 7 % 3 % 2));
    call.set(1, labels);
  }
  if (probabilities) {
    std::vector<double> scores;
    for (double score : call.inputs[0].data)
      scores.push_back(static_cast<float>(
          score > 2.2    ? 1
          : score < -2.2 ? 0
                         : 0.02 + 0.96 / (1 + std::exp(-score))));
    call.set(0, scores);
  }
  return call;
}

void checkCase(const KernelSpec &spec, const LossCase &c, bool probabilities) {
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << error << signature(spec);
  for (int64_t n : {1, 40}) {
    Call call = callOf(spec, c, n, probabilities);
    kernel->run(call.pointers(), static_cast<int32_t>(n));
    compare(spec, call, 1e-4);
  }
}
} // namespace

namespace lathe::kernels {

std::vector<KernelSpec> typicalLosses() {
  std::vector<KernelSpec> all;
  for (const char *function : functions)
    for (const char *op : {"loss", "loss_backward"}) {
      LossCase c{5, false, true, true};
      KernelSpec spec = c.spec(op, {{"function", std::string(function)},
                                    {"from_logits", int64_t{1}},
                                    {"gamma", 1.5}});
      spec.name = std::string(op) + "_" + function;
      all.push_back(spec);
    }
  return all;
}

} // namespace lathe::kernels

namespace {
TEST(Loss, AllFunctions) {
  for (const char *function : functions)
    for (int64_t classes : {1, 3, 17})
      for (int64_t logits : {0, 1})
        for (bool several : {false, true}) {
          bool variant = several != (logits == 1);
          LossCase c{classes, several, variant && !several, variant,
                     several || classes == 17};
          bool probabilities = !logits && std::string(function).find(
                                              "entropy") != std::string::npos;
          Attributes attributes = {{"function", std::string(function)},
                                   {"from_logits", logits},
                                   {"label_smoothing", variant ? 0.1 : 0.0},
                                   {"apply_class_balancing", int64_t{variant}},
                                   {"alpha", 0.3},
                                   {"gamma", variant ? 2.0 : 1.5}};
          checkCase(c.spec("loss", attributes), c, probabilities);
          checkCase(c.spec("loss_backward", attributes), c, probabilities);
        }
}

TEST(Loss, SoftmaxCrossEntropyWithSmoothingAndWeights) {
  for (int64_t classes : {2, 10, 17})
    for (auto [weights, sampleWeights] : {std::pair{false, false},
                                          {true, false},
                                          {false, true},
                                          {true, true}}) {
      TensorType t = f32({dynamicBatch, classes});
      Attributes attributes = {{"label_smoothing", 0.1}};
      SpecBuilder b("loss"), c("loss_backward");
      std::vector<int> forward = {b.input(t), b.input(i32({dynamicBatch}))},
                       backward = {c.input(t), c.input(i32({dynamicBatch}))};
      if (weights) {
        forward.push_back(b.input(f32({classes})));
        backward.push_back(c.input(f32({classes})));
      }
      if (sampleWeights) {
        forward.push_back(b.input(f32({dynamicBatch})));
        backward.push_back(c.input(f32({dynamicBatch})));
      }
      if (weights)
        backward.push_back(c.input(f32({})));
      int y = b.op("softmax_cross_entropy", forward, {f32({}), t}, attributes);
      check(b.finish({y, y + 1}), {1, 32});
      check(c.finish({c.op("softmax_cross_entropy_backward", backward, {t},
                           attributes)}),
            {1, 32});
    }
}

TEST(Loss, CountCorrectWithThreshold) {
  for (bool several : {false, true})
    for (int64_t classes : {1, 2, 3}) {
      LossCase c{classes, several};
      checkCase(c.spec("count_correct", {{"threshold", 0.25}}), c, false);
    }
}

TEST(Loss, ThreadsDoNotChangeResults) {
  for (const KernelSpec &spec : typicalLosses())
    checkThreads(spec, 3000);
}

//===----------------------------------------------------------------------===//
// Keras's own tests, where they are at hand
//===----------------------------------------------------------------------===//

std::string snakeCase(const std::string &name) {
  std::string result;
  for (char letter : name) {
    if (std::isupper(letter) && !result.empty())
      result += '_';
    result += static_cast<char>(std::tolower(letter));
  }
  return result;
}

/// The rows of a matrix of numbers; empty where it is something else, or where
/// `whole` numbers are wanted and there are others.
std::vector<double> matrix(const nlohmann::json &json, bool whole) {
  std::vector<double> data;
  for (const nlohmann::json &row : json) {
    if (!row.is_array())
      return {};
    for (const nlohmann::json &value : row) {
      if (!value.is_number() ||
          (whole && value.get<double>() != std::floor(value.get<double>())))
        return {};
      data.push_back(value);
    }
  }
  return data;
}

double numberOr(const nlohmann::json &json, const char *key, double otherwise) {
  return json.contains(key) ? json[key].get<double>() : otherwise;
}

/// The mean over all rows, of which some recorded results hold each.
double meanOf(const nlohmann::json &expected) {
  if (expected.is_number())
    return expected;
  double sum = 0;
  for (const nlohmann::json &value : expected)
    sum += value.get<double>();
  return sum / static_cast<double>(expected.size());
}

TEST(Loss, AgreesWithKeras) {
  std::ifstream file(lathe::test::conformanceFolder() +
                     "/keras-golden/keras_losses.json");
  if (!file)
    GTEST_SKIP() << "Keras's recorded losses are not here; set LATHE_DATA";
  int compared = 0;
  for (const nlohmann::json &c : nlohmann::json::parse(file)) {
    const nlohmann::json &kwargs = c["kwargs"];
    std::string function = snakeCase(c["loss"]);
    bool sparse = function == "sparse_categorical_crossentropy";
    if (sparse)
      function = "categorical_crossentropy";
    std::vector<double> scores = matrix(c["y_pred"], false),
                        labels = matrix(c["y_true"], true);
    double weight = c["sample_weight"].is_null() ? 1
                    : c["sample_weight"].is_number()
                        ? c["sample_weight"].get<double>()
                        : NAN;
    bool summed = kwargs.contains("reduction") && kwargs["reduction"] == "sum";
    if (scores.empty() || labels.empty() || std::isnan(weight) ||
        kwargs.contains("ignore_class"))
      continue;
    SCOPED_TRACE(c["test"].get<std::string>());
    int64_t rows = static_cast<int64_t>(c["y_pred"].size());
    LossCase shape{static_cast<int64_t>(scores.size()) / rows, !sparse};
    KernelSpec spec = shape.spec(
        "loss", {{"function", function},
                 {"from_logits", int64_t{kwargs.value("from_logits", false)}},
                 {"label_smoothing", numberOr(kwargs, "label_smoothing", 0)},
                 {"gamma", numberOr(kwargs, "gamma", 2)},
                 {"alpha", numberOr(kwargs, "alpha", 0.25)}});
    std::string error;
    std::optional<JitKernel> kernel =
        JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
    ASSERT_TRUE(kernel) << error;
    Call call(spec, rows, 1);
    call.set(0, scores);
    call.set(1, labels);
    kernel->run(call.pointers(), static_cast<int32_t>(rows));
    double expected = meanOf(c["expected"]) / (summed ? rows : 1);
    // Keras's tests write most results with three or four decimals.
    double roundedBy = std::min(3e-4, 1e-4 + 0.05 * std::fabs(expected));
    EXPECT_NEAR(call.result(0).data[0] * weight, expected,
                1e-3 * std::fabs(expected) + roundedBy);
    ++compared;
  }
  EXPECT_GE(compared, 30);
}
} // namespace
