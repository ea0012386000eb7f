//===- LayerGradientsTest.cpp - Gradients against finite differences ------===//
//
// Each case is a layer between a 1x1 convolution (or a Dense layer), whose
// gradient passes through it, and a classifier.
//
//===----------------------------------------------------------------------===//
#include "test/model/GradientCheck.h"
#include "test/model/Model.h"
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

namespace {

struct Case {
  const char *name;
  const char *shape;  ///< of the input
  const char *layers; ///< in flow style, without the leading dash
};

std::string describe(const Case &test) {
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

void check(const Case &test) {
  std::string yaml = describe(test), errors;
  std::unique_ptr<Runner> model = compileModel(yaml, Steps::All, errors);
  ASSERT_TRUE(model) << errors << yaml;
  SCOPED_TRACE(yaml);
  GradientCheck(*model).run();
}

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
    {"resizing_bicubic", image,
     CONV "Resizing: {height: 8, width: 4, interpolation: bicubic}"},
    {"resizing_lanczos", image,
     CONV "Resizing: {height: 9, width: 3, interpolation: lanczos3, "
          "antialias: true}"},
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
TEST_P(LayerGradients, agreeWithDifferences) { check(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Layers, LayerGradients, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) {
                           return info.param.name;
                         });

struct ActivationGradients : testing::TestWithParam<const char *> {};
TEST_P(ActivationGradients, agreeWithDifferences) {
  std::string layers = fmt::format(
      "Dense: {{units: 9}}\nActivation: {{activation: {}}}", GetParam());
  check(Case{GetParam(), "[6]", layers.c_str()});
}
INSTANTIATE_TEST_SUITE_P(Activations, ActivationGradients,
                         testing::ValuesIn(activations),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });

} // namespace
