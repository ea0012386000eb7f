//===- ExportTest.cpp - Exported models compute what the models do --------===//
//
// Each case is exported, compiled again from the ONNX file, and where ONNX
// Runtime is there, run by it.
//
//===----------------------------------------------------------------------===//
#include "compiler/export/Export.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/verify/OnnxRuntime.h"
#include "test/export/ExportedModel.h"
#include "test/onnx/GraphBuilder.h"
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>
#include <regex>
#include <set>

using namespace lathe;
using namespace lathe::test;

namespace {

struct Case {
  const char *name;
  const char *shape;  ///< of the input
  const char *layers; ///< a line each
};

const char *const image = "[6, 9, 3]", *const sequence = "[8, 5]";

const Case cases[] = {
    {"convolutions", image,
     "Rescaling: {scale: 1/255, offset: -0.5}\n"
     "Conv2D: {filters: 6, kernel_size: 3, padding: same, activation: relu}\n"
     "Conv2D: {filters: 4, kernel_size: [2, 3], strides: 2, padding: [[0, 1], "
     "[2, 1]], groups: 2}\n"
     "Conv2D: {filters: 3, kernel_size: 2, dilation_rate: 2, padding: same, "
     "use_bias: false}\n"
     "Flatten\n"
     "Dense: {units: 5, activation: tanh}\n"
     "Dense: {units: 3, activation: softmax}"},
    {"depthwise", image,
     "Normalization: {mean: [1, 2, 3], variance: [4, 0.5, 2]}\n"
     "DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 2, padding: same}\n"
     "SeparableConv2D: {filters: 4, kernel_size: 3, strides: 2, padding: "
     "same}\n"
     "GlobalAveragePooling2D\nSoftmax"},
    {"whitened_channels", image,
     "ZCAWhitening: {axis: -1}\n"
     "Conv2D: {filters: 4, kernel_size: 3}\n"
     "GlobalAveragePooling2D\nSoftmax"},
    {"whitened", image, "ZCAWhitening\nFlatten\nDense: {units: 3}"},
    {"transposed", image,
     "Conv2DTranspose: {filters: 4, kernel_size: 3, strides: 2, padding: "
     "same}\n"
     "Conv2DTranspose: {filters: 3, kernel_size: 2, strides: 3}\n"
     "Conv2DTranspose: {filters: 2, kernel_size: 3, strides: 2, padding: "
     "same, output_padding: 1}\n"
     "Conv2DTranspose: {filters: 2, kernel_size: 3, dilation_rate: 2}\n"
     "GlobalMaxPooling2D"},
    {"pooling", image,
     "MaxPooling2D: {pool_size: 3, strides: 1, padding: same}\n"
     "AveragePooling2D: {pool_size: 2, strides: 1, padding: [[0, 1], [1, "
     "0]]}\n"
     "MaxPooling2D\n"
     "GlobalMaxPooling2D: {keepdims: true}\n"
     "Flatten\nDense: {units: 2}"},
    {"sequences", sequence,
     "Conv1D: {filters: 6, kernel_size: 3, padding: same, activation: silu}\n"
     "SpatialDropout1D: {rate: 0.2}\n"
     "ZeroPadding1D: {padding: [1, 2]}\n"
     "Conv1D: {filters: 4, kernel_size: 2, dilation_rate: 2, groups: 2}\n"
     "MaxPooling1D\nUpSampling1D: {size: 3}\nAveragePooling1D: {pool_size: 3, "
     "strides: 1, padding: same}\n"
     "Cropping1D: {cropping: [1, 0]}\n"
     "BatchNormalization\n"
     "GlobalAveragePooling1D"},
    {"sequence_pools", sequence,
     "GlobalMaxPooling1D: {keepdims: true, name: most}\n"
     "GlobalAveragePooling1D: {keepdims: true, inputs: input, name: mean}\n"
     "Add: {inputs: [most, mean]}\nFlatten\nRepeatVector: {n: 4}\n"
     "Permute: {dims: [2, 1]}\nFlatten"},
    {"normalizations", image,
     "Conv2D: {filters: 8, kernel_size: 1}\n"
     "BatchNormalization: {epsilon: 0.01}\nReLU\n"
     "GroupNormalization: {groups: 4}\n"
     "LayerNormalization: {epsilon: 1e-6}\n"
     "BatchNormalization: {scale: false, center: false}\n"
     "LayerNormalization: {scale: false}\n"
     "GroupNormalization: {groups: -1, center: false}\n"
     "LayerScale: {init_values: 0.5}\n"
     "LayerNormalization: {center: false}\n"
     "Dense: {units: 3}\nReLU: {max_value: 2, negative_slope: 0.1}\n"
     "Flatten\nBatchNormalization"},
    {"merging", image,
     "Conv2D: {filters: 3, kernel_size: 3, padding: same, name: a}\n"
     "ReLU: {name: b, inputs: input}\n"
     "Subtract: {inputs: [a, b], name: s}\n"
     "Multiply: {inputs: [s, input], name: m}\n"
     "Average: {inputs: [m, a, b], name: v}\n"
     "Maximum: {inputs: [v, a], name: x}\n"
     "Minimum: {inputs: [x, input], name: n}\n"
     "Concatenate: {inputs: [n, a, input], name: c}\n"
     "Concatenate: {inputs: [c, c], axis: 1, name: tall}\n"
     "Conv2D: {filters: 4, kernel_size: 2}\nFlatten"},
    {"squeeze_and_excite", image,
     "Conv2D: {filters: 4, kernel_size: 3, name: wide}\n"
     "GlobalAveragePooling2D: {keepdims: true}\n"
     "Conv2D: {filters: 2, kernel_size: 1, activation: silu}\n"
     "Conv2D: {filters: 4, kernel_size: 1, activation: sigmoid, name: gate}\n"
     "Multiply: {inputs: [wide, gate]}\nStochasticDepth: {rate: 0.1}\n"
     "Dropout: {rate: 0.5}\nFlatten"},
    {"shaping", image,
     "Conv2D: {filters: 4, kernel_size: 1}\n"
     "ZeroPadding2D: {padding: [[1, 0], [2, 1]]}\n"
     "Cropping2D: {cropping: [[0, 1], [1, 1]]}\n"
     "UpSampling2D: {size: [2, 1]}\n"
     "UpSampling2D: {size: [1, 2], interpolation: bilinear}\n"
     "Resizing: {height: 7, width: 5}\n"
     "Resizing: {height: 5, width: 11, interpolation: nearest}\n"
     "Permute: {dims: [3, 1, 2]}\n"
     "Reshape: {target_shape: [10, -1]}\nFlatten"},
    {"resampling", image,
     "Resizing: {height: 4, width: 11, interpolation: bicubic}\n"
     "Conv2D: {filters: 5, kernel_size: 1}\n"
     "Resizing: {height: 9, width: 5, interpolation: bicubic}\n"
     "Resizing: {height: 4, width: 7, interpolation: lanczos3, antialias: "
     "true}\n"
     "Resizing: {height: 9, width: 7, interpolation: lanczos5}\n"
     "Resizing: {height: 6, width: 3, interpolation: area}\n"
     "Resizing: {height: 7, width: 5, interpolation: bicubic, antialias: true, "
     "pad_to_aspect_ratio: true, fill_value: 0.5}\n"
     "Resizing: {height: 3, width: 4, antialias: true, crop_to_aspect_ratio: "
     "true}\nFlatten"},
    {"pictures", image,
     "CenterCrop: {height: 6, width: 8}\n"
     "Resizing: {height: 6, width: 6, crop_to_aspect_ratio: true}\n"
     "Solarization: {threshold_factor: 0.5, value_range: [-1, 1]}\n"
     "AutoContrast: {value_range: [-1, 1]}\n"
     "Posterization: {bits: 5, value_range: [-1, 1]}\n"
     "Normalization: {adapt: true}\nGrayscale: {output_channels: 3}\n"
     "PerImageStandardization\nFlatten"},
    {"noise", image,
     "Conv2D: {filters: 4, kernel_size: 1}\nSpatialDropout2D: {rate: 0.2}\n"
     "GaussianNoise: {stddev: 0.3}\nGaussianDropout: {rate: 0.4}\nFlatten"},
    {"activations", image,
     "Conv2D: {filters: 4, kernel_size: 1, activation: gelu}\n"
     "LeakyReLU\nPReLU: {shared_axes: [1, 2]}\nELU: {alpha: 0.7}\n"
     "Activation: {activation: gelu_tanh}\nDense: {units: 5, activation: "
     "mish}\nPReLU\nActivation: {activation: selu}\nActivation: {activation: "
     "hard_silu}\nDense: {units: 4, activation: relu6}\nActivation: "
     "{activation: softplus}\nActivation: {activation: softsign}\nFlatten\n"
     "Dense: {units: 6, activation: hard_sigmoid}\nActivation: {activation: "
     "exponential}\nActivation: {activation: elu}\nSoftmax"},
    {"channel_softmax", image,
     "Conv2D: {filters: 4, kernel_size: 1}\nSoftmax\nActivation: {activation: "
     "linear}\nFlatten"},
    {"transformer", sequence,
     "Dense: {units: 6}\nClassToken\nPositionEmbedding: {name: p}\n"
     "LayerNormalization\n"
     "MultiHeadAttention: {num_heads: 2, key_dim: 3, dropout: 0.1, name: a}\n"
     "Add: {inputs: [a, p], name: s}\n"
     "Dense: {units: 4, activation: gelu}\n"
     "MultiHeadAttention: {num_heads: 1, key_dim: 2, inputs: [dense_1, s], "
     "output_shape: 5, use_bias: false}\n"
     "Cropping1D: {cropping: [0, 8]}\nFlatten"},
    {"relative_positions", "[3, 2, 4]",
     "Conv2D: {filters: 4, kernel_size: 1}\nReshape: {target_shape: [6, 4]}\n"
     "MultiHeadAttention: {num_heads: 2, key_dim: 3, relative_bias: [3, 2]}\n"
     "Reshape: {target_shape: [3, 2, 4]}\nMaxPooling2D: {pool_size: [2, 1], "
     "strides: 1}\nFlatten"},
};

std::string yamlOf(const Case &test) {
  std::string text =
      fmt::format("name: net\ninput: {{shape: {}}}\nlayers:\n", test.shape);
  std::string lines = test.layers;
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = std::min(lines.find('\n', begin), lines.size());
    text += "  - " + lines.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text + "compile: {loss: mean_squared_error}\nfit: {batch_size: 4}\n";
}

std::vector<float> drawImages(const ExportedModel &model, int n) {
  size_t count = size_t(n);
  for (int64_t extent : model.inputShape)
    count *= size_t(extent);
  std::vector<float> images;
  for (size_t i = 0; i < count; ++i)
    images.push_back(float((i * 37) % 101) / 50 - 1);
  return images;
}

void expectNear(const std::vector<float> &got, const std::vector<float> &wanted,
                double tolerance) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], wanted[i],
                tolerance * std::max(1.0, std::fabs(double(wanted[i]))))
        << "element " << i;
}

constexpr int samples = 3;

/// Where Node.js finds it, or where `./dev bench` puts it; null where it is
/// not.
const verify::OnnxRuntime *onnxRuntime() {
  static const auto found = []() -> std::optional<verify::OnnxRuntime> {
    for (const char *folder : {"", LATHE_BENCH_DIR}) {
      auto runtime = verify::OnnxRuntime::find(folder);
      if (runtime)
        return *runtime;
      llvm::consumeError(runtime.takeError());
    }
    return std::nullopt;
  }();
  return found ? &*found : nullptr;
}

std::vector<float> runOnnxRuntime(const verify::OnnxRuntime &runtime,
                                  const ExportedModel &model,
                                  const std::vector<float> &images) {
  verify::Array input{"images", "float32", model.inputShape, {}};
  input.shape.insert(input.shape.begin(), samples);
  input.bytes.resize(images.size() * sizeof(float));
  std::memcpy(input.bytes.data(), images.data(), input.bytes.size());
  auto outputs = runtime.run(model.graph, {input}, /*optimized=*/true);
  if (!outputs) {
    ADD_FAILURE() << llvm::toString(outputs.takeError());
    return {};
  }
  EXPECT_EQ(outputs->size(), 1u);
  EXPECT_EQ(outputs->front().name, "probabilities");
  std::vector<float> scores(outputs->front().bytes.size() / sizeof(float));
  std::memcpy(scores.data(), outputs->front().bytes.data(),
              outputs->front().bytes.size());
  return scores;
}

struct Export : testing::TestWithParam<Case> {
  TemporaryFolder folder;
  ExportedModel model{yamlOf(GetParam()), folder.path("net.onnx")};
};

TEST_P(Export, IsAValidModel) {
  ASSERT_TRUE(model.ok);
  EXPECT_NO_THROW(::onnx::checker::check_model(model.proto));
  ::onnx::ModelProto typed = model.proto;
  ::onnx::ShapeInferenceOptions strict(/*check_type=*/true,
                                       /*strict_mode=*/1,
                                       /*data_prop=*/true);
  EXPECT_NO_THROW(::onnx::shape_inference::InferShapes(
      typed, ::onnx::OpSchemaRegistry::Instance(), strict));
}

TEST_P(Export, ComputesTheSame) {
  ASSERT_TRUE(model.ok);
  std::vector<float> images = drawImages(model, samples);
  std::unique_ptr<Runner> ours = model.compile();
  std::unique_ptr<Runner> again = compileGraph(model.graph, samples);
  ASSERT_TRUE(ours && again);
  std::vector<float> wanted = predict(*ours, images, samples);
  expectNear(predict(*again, images, samples), wanted, 1e-5);
  if (const verify::OnnxRuntime *runtime = onnxRuntime())
    expectNear(runOnnxRuntime(*runtime, model, images), wanted, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Layers, Export, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) {
                           return info.param.name;
                         });

/// What counts histograms has no form in ONNX.
const std::set<std::string> notExported = {
    "CLAHE", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization"};

/// The cases hold every layer and every activation that there is.
TEST(ExportCases, AreComplete) {
  std::string all;
  for (const Case &test : cases)
    all += yamlOf(test);
  std::string reference = frontend::describeLanguage();
  size_t begin = reference.find("\nLayers:");
  std::string list =
      reference.substr(begin, reference.find("\n\n", begin) - begin);
  std::regex name("\n  (\\w+) ");
  std::set<std::string> layers;
  for (std::sregex_iterator i(list.begin(), list.end(), name), end; i != end;
       ++i)
    layers.insert((*i)[1]);
  EXPECT_GT(layers.size(), 40u);
  for (const std::string &layer : layers)
    EXPECT_NE(std::regex_search(all, std::regex("- " + layer + "\\b")),
              notExported.count(layer) == 1)
        << layer;
}

TEST(ExportCases, HistogramsHaveNoForm) {
  TemporaryFolder folder;
  for (const std::string &layer : notExported) {
    std::string file = folder.path("model.yaml"), layers = layer + "\nFlatten";
    writeFile(file, yamlOf({"", "[32, 32, 3]", layers.c_str()}));
    StagedModel model;
    ASSERT_TRUE(model.load(file) && model.inferShapes());
    EXPECT_EQ(exportOnnx(model.module()), "") << layer;
  }
}

/// Images come in as the model takes them; between layers nothing is moved.
TEST(ExportGraph, TransposesTheImageAlone) {
  TemporaryFolder folder;
  ExportedModel model(yamlOf({"", "[8, 8, 3]",
                              "Conv2D: {filters: 4, kernel_size: 3, name: "
                              "first}\nBatchNormalization: {name: norm}\nReLU\n"
                              "MaxPooling2D\nConv2D: {filters: 2, kernel_size: "
                              "3}\nGlobalAveragePooling2D\nDense: {units: 2, "
                              "name: last}"}),
                      folder.path("net.onnx"));
  ASSERT_TRUE(model.ok);
  EXPECT_EQ(countNodes(model.proto, "Transpose"), 1);
  const auto &graph = model.proto.graph();
  EXPECT_EQ(graph.input(0).name(), "images");
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(0).dim_param(),
            "batch");
  std::set<std::string> nodes;
  for (const auto &node : graph.node())
    nodes.insert(node.name());
  for (const char *name : {"first", "norm", "re_lu", "last"})
    EXPECT_TRUE(nodes.count(name)) << name;
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const auto &tensor : graph.initializer())
    shapes[tensor.name()] = {tensor.dims().begin(), tensor.dims().end()};
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(shapes["first/kernel"], Shape({4, 3, 3, 3}));
  EXPECT_EQ(shapes["first/bias"], Shape({4}));
  EXPECT_EQ(shapes["norm/moving_variance"], Shape({4}));
  EXPECT_EQ(shapes["last/kernel"], Shape({2, 2}));
}

/// Graphs of exporters number their values, whose nodes have no names: what
/// tools know are the names of the ports.
TEST(ExportGraph, KeepsNamesOfPorts) {
  TemporaryFolder folder;
  GraphBuilder g;
  g.input("0", {2, 3});
  g.weights("w", {3, 3});
  g.node("MatMul", {"0", "w"}, "11").clear_name();
  g.node("Relu", {"11"}, "12").clear_name();
  g.node("Neg", {"12"}, "13").clear_name();
  for (const char *name : {"12", "13", "0"})
    g.output(name);
  g.write(folder.path("graph.onnx"));
  StagedModel model;
  ASSERT_TRUE(model.load(folder.path("graph.onnx")));
  ::onnx::ModelProto proto;
  ASSERT_TRUE(model.inferShapes());
  ASSERT_TRUE(proto.ParseFromString(exportOnnx(model.module())));
  std::vector<std::string> outputs, expected{"12", "13", "0"};
  for (const auto &port : proto.graph().output())
    outputs.push_back(port.name());
  EXPECT_EQ(outputs, expected);
  EXPECT_EQ(proto.graph().input(0).name(), "0");
  EXPECT_NO_THROW(::onnx::checker::check_model(proto));
  std::string file = folder.path("again.onnx");
  writeFile(file, proto.SerializeAsString());
  EXPECT_EQ(importErrors(file), "");
}

} // namespace
