//===- UpdatesTest.cpp - Updates of neighbouring variables ----------------===//
#include "test/model/Model.h"
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

namespace {
class WeightDecay : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Optimizers, WeightDecay,
                         testing::Values("AdamW", "SGD", "RMSprop", "Adagrad",
                                         "Lion"));

/// The bias has as many elements as gamma and beta, which are neighbours, have
/// together. No gradient reaches any of them but for rounding, which some
/// optimizers make a step of the learning rate: normalization takes the bias
/// away, its result is zero, and each class has one sample.
TEST_P(WeightDecay, LeavesOutWhatIsExcluded) {
  std::string yaml = fmt::format(R"(
name: m
input: {{shape: [8]}}
layers:
  - Dense: {{units: 32, bias_initializer: ones}}
  - Reshape: {{target_shape: [1, 2, 16]}}
  - BatchNormalization: {{beta_initializer: ones}}
  - GlobalAveragePooling2D
  - Softmax
compile:
  optimizer: {{{}: {{learning_rate: 0.01, weight_decay: 20, exclude_from_weight_decay: [bias]}}}}
  loss: categorical_crossentropy
fit: {{batch_size: 16}}
)",
                                 GetParam());
  std::string errors;
  std::unique_ptr<Runner> model = compileModel(yaml, Steps::All, errors);
  ASSERT_TRUE(model) << errors;
  auto rate = model->find("optimizer/learning_rate")->floats()[0];
  ASSERT_EQ(rate, 0.01f);
  std::vector<int32_t> labels(16);
  for (int i = 0; i < 16; ++i)
    labels[i] = i;
  trainStep(*model, std::vector<float>(16 * 8, 0.0f), labels, 16);
  auto expect = [&](const char *name, float value) {
    const Runner::Tensor *tensor = model->find(name);
    ASSERT_TRUE(tensor) << name;
    for (float element : tensor->floats())
      ASSERT_NEAR(element, value, 0.02) << name;
  };
  expect("dense/bias", 1);
  expect("batch_normalization/gamma", 1 - 0.01f * 20);
  expect("batch_normalization/beta", 1 - 0.01f * 20);
}
} // namespace
