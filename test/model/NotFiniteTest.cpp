//===- NotFiniteTest.cpp - NaN goes through whole models ------------------===//
#include "test/model/Model.h"
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

namespace {

constexpr int side = 12, channels = 3, samples = 4;
constexpr size_t pixels = size_t{side} * side * channels;

struct Network {
  const char *name;
  const char *layers; ///< one a line, in flow style
};
const Network networks[] = {
    {"pooled", "Conv2D: {filters: 8, kernel_size: 3, activation: relu}\n"
               "MaxPooling2D"},
    {"overlapping", "Conv2D: {filters: 20, kernel_size: 3, activation: relu6}\n"
                    "MaxPooling2D: {pool_size: 3, strides: 2, padding: same}"},
    {"normalised", "Conv2D: {filters: 16, kernel_size: 3, use_bias: false}\n"
                   "BatchNormalization\nReLU\n"
                   "Conv2D: {filters: 16, kernel_size: 3, use_bias: false}\n"
                   "BatchNormalization\nReLU"},
    {"winograd", "Conv2D: {filters: 64, kernel_size: 3, padding: same}\nReLU\n"
                 "Conv2D: {filters: 64, kernel_size: 3, padding: same}\nReLU"},
    {"pointwise", "Conv2D: {filters: 32, kernel_size: 1, activation: relu}\n"
                  "DepthwiseConv2D: {kernel_size: 3, activation: relu}\n"
                  "Conv2D: {filters: 32, kernel_size: 1}\nPReLU"},
    {"global_max", "Conv2D: {filters: 8, kernel_size: 3}\nGlobalMaxPooling2D"},
    {"global_average", "Conv2D: {filters: 8, kernel_size: 3}\nLeakyReLU\n"
                       "GlobalAveragePooling2D"},
    {"merged", "Conv2D: {filters: 8, kernel_size: 1, name: a}\n"
               "Conv2D: {inputs: input, filters: 8, kernel_size: 1, name: b}\n"
               "Maximum: {inputs: [a, b], name: c}\n"
               "Minimum: {inputs: [c, a]}"},
    {"rows", "Conv2D: {filters: 8, kernel_size: 1}\nLayerNormalization\n"
             "Activation: {activation: softmax}"},
};

/// One pixel of the second sample is NaN.
std::vector<float> images(float pixel) {
  std::vector<float> result(samples * pixels);
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<float>(i * 37 % 101) / 101 - 0.5f;
  if (std::isnan(pixel))
    result[pixels + pixels / 2] = pixel;
  return result;
}
const std::vector<int32_t> labels = {0, 1, 2, 1};

std::unique_ptr<Runner> compiled(const std::string &layers) {
  std::string text =
      fmt::format("name: m\ninput: {{shape: [{}, {}, {}]}}\nlayers:\n", side,
                  side, channels);
  for (size_t begin = 0; begin < layers.size();) {
    size_t end = std::min(layers.find('\n', begin), layers.size());
    text += "  - " + layers.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  text +=
      fmt::format("  - Flatten\n  - Dense: {{units: 3, activation: softmax}}\n"
                  "compile: {{optimizer: {{SGD: {{learning_rate: 0.01}}}}}}\n"
                  "fit: {{batch_size: {}}}\n",
                  samples);
  std::string errors;
  std::unique_ptr<Runner> model = compileModel(text, Steps::All, errors);
  EXPECT_TRUE(model) << errors << text;
  return model;
}

/// A NaN pixel makes its own sample's scores NaN, and each loss that it is in.
void check(const std::string &layers) {
  std::unique_ptr<Runner> model = compiled(layers);
  ASSERT_TRUE(model);
  std::vector<float> good = images(0), bad = images(NAN);
  std::vector<float> scores = predict(*model, bad, samples);
  for (size_t i = 0; i < scores.size(); ++i)
    EXPECT_EQ(std::isnan(scores[i]), i / 3 == 1) << i;
  EXPECT_TRUE(std::isfinite(evaluate(*model, good, labels, samples)));
  EXPECT_TRUE(std::isnan(evaluate(*model, bad, labels, samples)));
  EXPECT_TRUE(std::isfinite(trainStep(*model, good, labels, samples)));
  EXPECT_TRUE(std::isnan(trainStep(*model, bad, labels, samples)));
}

struct NotFinite : testing::TestWithParam<Network> {};
TEST_P(NotFinite, ReachesTheLoss) { check(GetParam().layers); }
INSTANTIATE_TEST_SUITE_P(Networks, NotFinite, testing::ValuesIn(networks),
                         [](const testing::TestParamInfo<Network> &info) {
                           return info.param.name;
                         });

} // namespace
