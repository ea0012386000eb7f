//===- LayerGradientsTest.cpp - Gradients against finite differences ------===//
//
// Each case is a layer between a 1x1 convolution (or a Dense layer), whose
// gradient passes through it, and a classifier. The gradients are what one step
// of SGD with learning rate 1 takes off the parameters; along random directions
// they must agree with differences of the loss.
//
//===----------------------------------------------------------------------===//
#include "test/model/Model.h"
#include <cmath>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>

using namespace lathe;
using namespace lathe::test;

namespace {

struct Case {
  const char *name;
  const char *shape;  ///< of the input
  const char *layers; ///< in flow style, without the leading dash
};

class GradientCheck {
public:
  explicit GradientCheck(const Case &test) : test(test) {}

  void run() {
    std::string yaml = describe(), errors;
    model = compileModel(yaml, Steps::All, errors);
    ASSERT_TRUE(model) << errors << yaml;
    SCOPED_TRACE(yaml);
    drawData();
    std::vector<std::vector<float>> gradients = takeStep();
    size_t number = 0;
    for (const Runner::Tensor &tensor : model->tensors())
      if (tensor.trainable)
        checkTensor(tensor, gradients[number++]);
  }

private:
  std::string describe() const {
    std::string text =
        fmt::format("name: m\ninput: {{shape: {}}}\nlayers:\n", test.shape);
    std::string lines = test.layers;
    for (size_t begin = 0; begin < lines.size();) {
      size_t end = lines.find('\n', begin);
      text += "  - " + lines.substr(begin, end - begin) + "\n";
      begin = end == std::string::npos ? lines.size() : end + 1;
    }
    return text + "  - Flatten\n  - Dense: {units: 3, activation: softmax}\n"
                  "compile: {optimizer: {SGD: {learning_rate: 1}}}\n"
                  "fit: {batch_size: 4}\n";
  }

  float normal(double deviation) {
    return static_cast<float>(
        std::normal_distribution<double>(0, deviation)(random));
  }

  void drawData() {
    images.resize(model->argumentElements("train_step", 0, batch));
    for (float &pixel : images)
      pixel = normal(1);
    for (int32_t i = 0; i < batch; ++i)
      labels.push_back(i % 3);
    for (const Runner::Tensor &tensor : model->tensors())
      if (tensor.isParameter)
        for (float &value : tensor.floats())
          value = tensor.name.find("variance") != std::string::npos
                      ? 1 + std::fabs(normal(0.1))
                      : value + normal(0.4);
  }

  double loss() { return trainStep(*model, images, labels, batch); }

  /// The gradients; afterwards the parameters are as before, and steps change
  /// them no more.
  std::vector<std::vector<float>> takeStep() {
    std::vector<std::vector<float>> before, gradients;
    for (const Runner::Tensor &tensor : model->tensors())
      if (tensor.isParameter)
        before.emplace_back(tensor.floats().begin(), tensor.floats().end());
    loss();
    size_t number = 0;
    for (const Runner::Tensor &tensor : model->tensors()) {
      if (!tensor.isParameter)
        continue;
      std::vector<float> &old = before[number++];
      if (tensor.trainable) {
        std::vector<float> &gradient = gradients.emplace_back();
        for (size_t i = 0; i < old.size(); ++i)
          gradient.push_back(old[i] - tensor.floats()[i]);
      }
      std::copy(old.begin(), old.end(), tensor.floats().begin());
    }
    *static_cast<float *>(model->find("optimizer/learning_rate")->data) = 0;
    return gradients;
  }

  /// The loss at `tensor` + step · direction, with the same random numbers.
  double lossAt(const Runner::Tensor &tensor, const std::vector<float> &origin,
                const std::vector<float> &direction, double step) {
    for (size_t i = 0; i < origin.size(); ++i)
      tensor.floats()[i] = static_cast<float>(origin[i] + step * direction[i]);
    *static_cast<int64_t *>(model->find("optimizer/iteration")->data) = 0;
    double result = loss();
    std::copy(origin.begin(), origin.end(), tensor.floats().begin());
    return result;
  }

  void checkTensor(const Runner::Tensor &tensor,
                   const std::vector<float> &gradient) {
    std::vector<float> origin(tensor.floats().begin(), tensor.floats().end());
    double size = 0;
    for (float g : gradient)
      size += double(g) * g;
    size = std::sqrt(size);
    for (int trial = 0; trial < 3; ++trial) {
      // Partly along the gradient, so that there is something to measure.
      std::vector<float> direction(origin.size());
      double length = 0;
      for (size_t i = 0; i < direction.size(); ++i) {
        direction[i] = normal(1) / std::sqrt(float(direction.size())) +
                       (size > 0 ? gradient[i] / float(size) : 0);
        length += double(direction[i]) * direction[i];
      }
      double expected = 0;
      for (size_t i = 0; i < direction.size(); ++i) {
        direction[i] /= static_cast<float>(std::sqrt(length));
        expected += double(direction[i]) * gradient[i];
      }
      auto difference = [&](double step) {
        return (lossAt(tensor, origin, direction, step) -
                lossAt(tensor, origin, direction, -step)) /
               (2 * step);
      };
      // The error of both is of the second order in the step.
      double step = 2e-3;
      double found = (4 * difference(step / 2) - difference(step)) / 3;
      // The loss is a float: a unit in the last place of one of the four makes
      // 1.6e-4 of 1 to 2.
      EXPECT_NEAR(found, expected, 1e-2 * size + 6e-4)
          << tensor.name << ", trial " << trial;
    }
  }

  static constexpr int batch = 4;
  const Case &test;
  std::unique_ptr<Runner> model;
  std::mt19937 random{7};
  std::vector<float> images;
  std::vector<int32_t> labels;
};

const char *const image = "[5, 7, 3]";
#define CONV "Conv2D: {filters: 4, kernel_size: 1}\n"

const Case cases[] = {
    {"conv2d", image,
     CONV "Conv2D: {filters: 5, kernel_size: 3, strides: 2, padding: same}"},
    {"conv2d_dilated", image,
     CONV
     "Conv2D: {filters: 5, kernel_size: 2, dilation_rate: 2, padding: same}"},
    {"conv2d_groups", image,
     CONV "Conv2D: {filters: 6, kernel_size: 3, groups: 2}"},
    {"conv1d", "[9, 3]",
     "Conv1D: {filters: 4, kernel_size: 1}\nConv1D: {filters: 5, kernel_size: "
     "3, strides: 2, padding: same}"},
    {"depthwise", image,
     CONV "DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 2, strides: 2, "
          "padding: same}"},
    {"separable", image, CONV "SeparableConv2D: {filters: 5, kernel_size: 3}"},
    {"transposed", image,
     CONV "Conv2DTranspose: {filters: 3, kernel_size: 3, strides: 2, padding: "
          "same}"},
    {"transposed_valid", image,
     CONV "Conv2DTranspose: {filters: 3, kernel_size: 2, strides: 3}"},
    {"max_pooling", image,
     CONV "MaxPooling2D: {pool_size: 3, strides: 2, padding: same}"},
    {"max_pooling_1d", "[9, 3]",
     "Conv1D: {filters: 4, kernel_size: 1}\nMaxPooling1D: {pool_size: 3, "
     "strides: 2}"},
    {"average_pooling", image,
     CONV "AveragePooling2D: {pool_size: 3, strides: 2, padding: same}"},
    {"average_pooling_1d", "[9, 3]",
     "Conv1D: {filters: 4, kernel_size: 1}\nAveragePooling1D: {pool_size: 2}"},
    {"global_average", image, CONV "GlobalAveragePooling2D"},
    {"global_max", image, CONV "GlobalMaxPooling2D"},
    {"dense_of_sequence", "[6, 5]",
     "Dense: {units: 4}\nDense: {units: 5, activation: tanh}"},
    {"permute", image,
     CONV "Permute: {dims: [2, 3, 1]}\nConv2D: {filters: 2, kernel_size: 1}"},
    {"zero_padding", image, CONV "ZeroPadding2D: {padding: [[1, 2], [0, 3]]}"},
    {"cropping", image, CONV "Cropping2D: {cropping: [[1, 2], [0, 3]]}"},
    {"up_sampling", image, CONV "UpSampling2D: {size: [2, 3]}"},
    {"up_sampling_bilinear", image,
     CONV "UpSampling2D: {size: 2, interpolation: bilinear}"},
    {"resizing", image, CONV "Resizing: {height: 8, width: 4}"},
    {"batch_norm", image, CONV "BatchNormalization"},
    {"batch_norm_relu", image,
     CONV "BatchNormalization\nReLU\nConv2D: {filters: 3, kernel_size: "
          "3}\nBatchNormalization: {scale: false}"},
    {"batch_norm_flat", "[6]",
     "Dense: {units: 5}\nBatchNormalization: {center: false}"},
    {"layer_norm", image, CONV "LayerNormalization"},
    {"layer_norm_sequence", "[6, 5]",
     "Dense: {units: 4}\nLayerNormalization: {epsilon: 1e-6}\nDense: {units: "
     "3}"},
    {"group_norm", image, CONV "GroupNormalization: {groups: 2}"},
    {"add", image,
     CONV "Conv2D: {filters: 4, kernel_size: 3, padding: same, name: b}\nAdd: "
          "{inputs: [b, conv2d]}"},
    {"subtract", image,
     CONV "Conv2D: {filters: 4, kernel_size: 3, padding: same, name: "
          "b}\nSubtract: {inputs: [b, conv2d]}"},
    {"multiply", image,
     CONV "Conv2D: {filters: 4, kernel_size: 3, padding: same, name: "
          "b}\nMultiply: {inputs: [b, conv2d]}"},
    {"average", image,
     CONV "Conv2D: {filters: 4, kernel_size: 3, padding: same, name: "
          "b}\nAverage: {inputs: [b, conv2d]}"},
    {"maximum", image,
     CONV "Conv2D: {filters: 4, kernel_size: 3, padding: same, name: "
          "b}\nMaximum: {inputs: [b, conv2d]}"},
    {"minimum", image,
     CONV "Conv2D: {filters: 4, kernel_size: 3, padding: same, name: "
          "b}\nMinimum: {inputs: [b, conv2d]}"},
    {"concatenate", image,
     CONV "Conv2D: {filters: 2, kernel_size: 3, padding: same, name: "
          "b}\nConcatenate: {inputs: [b, conv2d]}\nConv2D: {filters: 3, "
          "kernel_size: 1}"},
    {"squeeze_excite", image,
     CONV
     "GlobalAveragePooling2D: {keepdims: true}\nConv2D: {filters: 2, "
     "kernel_size: 1, activation: silu}\nConv2D: {filters: 4, kernel_size: 1, "
     "activation: sigmoid, name: gate}\nMultiply: {inputs: [conv2d, gate]}"},
    {"dropout", image, CONV "Dropout: {rate: 0.4}"},
    {"spatial_dropout", image, CONV "SpatialDropout2D: {rate: 0.4}"},
    {"stochastic_depth", image,
     CONV
     "Conv2D: {filters: 4, kernel_size: 3, padding: same}\nStochasticDepth: "
     "{rate: 0.3, name: s}\nAdd: {inputs: [conv2d, s]}"},
    {"gaussian_noise", image, CONV "GaussianNoise: {stddev: 0.2}"},
    {"gaussian_dropout", image, CONV "GaussianDropout: {rate: 0.2}"},
    {"attention", "[6, 5]",
     "Dense: {units: 8}\nMultiHeadAttention: {num_heads: 2, key_dim: 3}"},
    {"class_token", "[6, 5]",
     "Dense: {units: 4}\nClassToken\nPositionEmbedding\nDense: {units: 3}"},
    {"layer_scale", image, CONV "LayerScale: {init_values: 0.3}"},
    {"prelu", image, CONV "PReLU"},
    {"prelu_shared", image, CONV "PReLU: {shared_axes: [1, 2]}"},
    {"leaky_relu", image, CONV "LeakyReLU"},
    {"elu", image, CONV "ELU: {alpha: 0.7}"},
    {"softmax", "[6, 5]", "Dense: {units: 4}\nSoftmax\nDense: {units: 3}"},
};

const char *const activations[] = {
    "relu",    "leaky_relu", "relu6",    "elu",       "selu",
    "gelu",    "silu",       "mish",     "hard_silu", "hard_sigmoid",
    "sigmoid", "tanh",       "softplus", "softsign",  "exponential"};

struct LayerGradients : testing::TestWithParam<Case> {};
TEST_P(LayerGradients, agreeWithDifferences) {
  GradientCheck(GetParam()).run();
}
INSTANTIATE_TEST_SUITE_P(Layers, LayerGradients, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) {
                           return info.param.name;
                         });

struct ActivationGradients : testing::TestWithParam<const char *> {};
TEST_P(ActivationGradients, agreeWithDifferences) {
  std::string layers = fmt::format(
      "Dense: {{units: 9}}\nActivation: {{activation: {}}}", GetParam());
  GradientCheck(Case{GetParam(), "[6]", layers.c_str()}).run();
}
INSTANTIATE_TEST_SUITE_P(Activations, ActivationGradients,
                         testing::ValuesIn(activations),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });

} // namespace
