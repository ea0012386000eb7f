//===- FineTuneTest.cpp - Graphs that are trained -------------------------===//
#include "test/model/GradientCheck.h"
#include "test/model/Model.h"
#include "test/onnx/GraphBuilder.h"
#include <gtest/gtest.h>
#include <map>

using namespace lathe;
using namespace lathe::test;

namespace {
struct FineTune : testing::Test {
  std::unique_ptr<Runner> compile(const GraphBuilder &graph,
                                  const std::string &recipe) {
    std::string errors;
    graph.write(file);
    std::unique_ptr<Runner> model = compileGraph(file, recipe, errors);
    EXPECT_TRUE(model) << errors;
    return model;
  }
  std::string errorsOf(const GraphBuilder &graph, const std::string &recipe) {
    std::string errors;
    graph.write(file);
    EXPECT_FALSE(compileGraph(file, recipe, errors));
    return errors;
  }
  void expectError(const GraphBuilder &graph, const std::string &recipe,
                   const std::string &message) {
    std::string errors = errorsOf(graph, recipe);
    EXPECT_NE(errors.find(message), std::string::npos) << errors;
  }
  TemporaryFolder folder;
  std::string file = folder.path("model.onnx");
};

/// Numbers without a pattern.
std::vector<float> noise(size_t count, uint32_t seed) {
  std::vector<float> values;
  for (uint32_t state = seed * 2654435761u + 1; values.size() < count;) {
    state = state * 1664525u + 1013904223u;
    values.push_back(float(state >> 8) / float(1 << 23) - 1);
  }
  return values;
}

void draw(Runner &model) {
  uint32_t seed = 0;
  for (const Runner::Tensor &tensor : model.tensors()) {
    if (!tensor.isParameter)
      continue;
    bool isVariance = tensor.name == "variance";
    std::vector<float> values = noise(tensor.elements, ++seed);
    for (size_t i = 0; i < values.size(); ++i)
      tensor.floats()[i] = isVariance ? 1.5f + values[i] / 2 : values[i] / 2;
  }
}

std::map<std::string, std::vector<float>> parameters(const Runner &model) {
  std::map<std::string, std::vector<float>> values;
  for (const Runner::Tensor &tensor : model.tensors())
    if (tensor.isParameter)
      values[tensor.name].assign(tensor.floats().begin(),
                                 tensor.floats().end());
  return values;
}

//===- The same as a model file -------------------------------------------===//

const char *const momentum =
    "compile: {optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}}\n"
    "fit: {batch_size: 4}\n";

/// Whatever layout the file has its weights in, training steps give the bits of
/// those of the same network as a model file.
TEST_F(FineTune, StepsOfTheSameNetwork) {
  std::string errors;
  std::unique_ptr<Runner> yaml = compileModel(
      std::string("name: m\ninput: {shape: [8, 8, 2]}\nlayers:\n"
                  "  - Conv2D: {filters: 4, kernel_size: 3, padding: same}\n"
                  "  - ReLU\n"
                  "  - MaxPooling2D\n"
                  "  - Conv2D: {filters: 6, kernel_size: 3, use_bias: false}\n"
                  "  - BatchNormalization: {momentum: 0.9, epsilon: 1e-5}\n"
                  "  - ReLU\n"
                  "  - Flatten\n"
                  "  - Dense: {units: 3, activation: softmax}\n") +
          momentum,
      Steps::All, errors);
  ASSERT_TRUE(yaml) << errors;
  std::unique_ptr<Runner> graph = compile(smallNetwork(), momentum);
  ASSERT_TRUE(graph);
  draw(*graph);
  const std::map<std::string, std::string> names = {
      {"w1", "conv2d/kernel"},
      {"b1", "conv2d/bias"},
      {"w2", "conv2d_1/kernel"},
      {"gamma", "batch_normalization/gamma"},
      {"beta", "batch_normalization/beta"},
      {"mean", "batch_normalization/moving_mean"},
      {"variance", "batch_normalization/moving_variance"},
      {"w3", "dense/kernel"},
      {"b3", "dense/bias"}};
  for (auto [own, other] : names) {
    const Runner::Tensor *from = graph->find(own), *to = yaml->find(other);
    ASSERT_TRUE(from && to) << own;
    EXPECT_EQ(from->shape, to->shape);
    EXPECT_EQ(from->trainable, to->trainable);
    std::copy(from->floats().begin(), from->floats().end(),
              to->floats().begin());
  }
  const std::vector<int32_t> labels{0, 2, 1, 2};
  for (uint32_t step = 0; step < 3; ++step) {
    std::vector<float> images = noise(4 * 128, 100 + step);
    EXPECT_EQ(trainStep(*graph, images, labels, 4),
              trainStep(*yaml, images, labels, 4));
  }
  auto own = parameters(*graph), other = parameters(*yaml);
  for (auto [name, wanted] : names)
    EXPECT_EQ(own[name], other[wanted]) << name;
}

/// What is frozen stays as it is to the bit, and batch normalisation in
/// inference mode with it; the rest learns.
TEST_F(FineTune, FrozenParametersStay) {
  std::unique_ptr<Runner> model = compile(
      smallNetwork(), std::string("freeze: [c1_node, gamma]\n") + momentum);
  ASSERT_TRUE(model);
  draw(*model);
  auto before = parameters(*model);
  trainStep(*model, noise(4 * 128, 9), {0, 2, 1, 2}, 4);
  auto after = parameters(*model);
  for (const char *name : {"w1", "b1", "gamma", "beta", "mean", "variance"}) {
    EXPECT_EQ(before[name], after[name]) << name;
    EXPECT_FALSE(model->find(name)->trainable);
  }
  for (const char *name : {"w2", "w3", "b3"})
    EXPECT_NE(before[name], after[name]) << name;
}

/// They are called after what they compute, as in the summary.
TEST_F(FineTune, NodesWithoutNamesFreeze) {
  GraphBuilder g = smallNetwork();
  for (auto &node : *g.model.mutable_graph()->mutable_node())
    node.clear_name();
  std::unique_ptr<Runner> model =
      compile(g, std::string("freeze: [c1]\n") + momentum);
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->find("w1")->trainable);
  EXPECT_FALSE(model->find("b1")->trainable);
  EXPECT_TRUE(model->find("w2")->trainable);
}

TEST_F(FineTune, OnlyTheHeadLearns) {
  std::unique_ptr<Runner> model =
      compile(smallNetwork(), std::string("base: {output: r2}\n"
                                          "freeze: all\n"
                                          "head:\n"
                                          "  - GlobalAveragePooling2D\n"
                                          "  - Dense: {units: 5, activation: "
                                          "softmax}\n") +
                                  momentum);
  ASSERT_TRUE(model);
  for (const Runner::Tensor &tensor : model->tensors())
    EXPECT_EQ(tensor.trainable, tensor.name.rfind("head/dense/", 0) == 0)
        << tensor.name;
  EXPECT_EQ(model->find("head/dense/kernel")->shape,
            (std::vector<int64_t>{6, 5}));
  EXPECT_EQ(model->find("w3"), nullptr);
}

/// Adds both constants and values to an image whose channels come last, before
/// what moves them to the front; its paths are twice as many with each.
TEST_F(FineTune, LayoutsOnManyPaths) {
  GraphBuilder g;
  g.input("x", {1, 4, 5, 3});
  g.floats("two", {}, {2});
  std::string last = "x";
  for (int i = 0; i < 64; ++i) {
    std::string number = std::to_string(i);
    g.node("Mul", {"two", last}, "a" + number);
    g.node("Sub", {last, "two"}, "b" + number);
    g.node("Add", {"a" + number, "b" + number}, "sum" + number);
    last = "sum" + number;
  }
  g.set(g.node("Transpose", {last}, "turned"), "perm",
        std::vector<int64_t>{0, 3, 1, 2});
  g.weights("w", {2, 3, 1, 1});
  g.node("Conv", {"turned", "w"}, "c");
  g.set(g.node("Transpose", {"c"}, "back"), "perm",
        std::vector<int64_t>{0, 2, 3, 1});
  g.node("Add", {"two", "back"}, "y");
  g.output("y");
  std::unique_ptr<Runner> model =
      compile(g, "head:\n"
                 "  - Conv2D: {filters: 6, kernel_size: 1}\n"
                 "  - GlobalAveragePooling2D\n"
                 "  - Softmax\n");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->find("head/conv2d/kernel")->shape,
            (std::vector<int64_t>{1, 1, 2, 6}));
}

//===- Mistakes -----------------------------------------------------------===//

TEST_F(FineTune, WhatHasNoGradientIsSaidAtOnce) {
  GraphBuilder g = smallNetwork();
  g.model.mutable_graph()->clear_output();
  g.node("Sin", {"r1"}, "waves");
  g.set(g.node("ArgMax", {"waves"}, "largest"), "axis", 1);
  g.set(g.node("Cast", {"largest"}, "numbers"), "to", 1);
  g.node("Erf", {"c1"}, "steep");
  g.node("Add", {"numbers", "steep"}, "y");
  g.output("y");
  const std::string recipe = "compile: {loss: mean_squared_error}";
  std::string errors = errorsOf(g, recipe);
  size_t count = 0;
  for (size_t at = 0; (at = errors.find("no gradient", at)) != errors.npos;
       ++at)
    ++count;
  EXPECT_EQ(count, 4u) << errors;
  EXPECT_TRUE(compile(g, recipe + "\nfreeze: all\nhead: [Flatten, {Dense: "
                                  "{units: 2}}]"));
}

/// What the value does not need, may be unknown.
TEST_F(FineTune, OnlyNodesOfTheBaseCount) {
  GraphBuilder g = smallNetwork();
  g.node("GridSample", {"r1"}, "strange");
  g.output("strange");
  expectError(g, "freeze: all",
              "the graph has 2 outputs; name the one to learn "
              "from, or a value before it (base: {output: "
              "...}); use one of probabilities, strange");
  g.output("r1");
  expectError(g, "freeze: all", "; use one of probabilities, strange, r1");
  expectError(g, "base: {output: strange}",
              "the operator GridSample is not supported");
  EXPECT_TRUE(compile(g, "base: {output: probabilities}"));
}

TEST_F(FineTune, GraphsThatCannotBeTrained) {
  GraphBuilder two = smallNetwork();
  two.input("other", {1, 2});
  two.node("Neg", {"other"}, "z");
  expectError(two, "fit: {epochs: 1}",
              "a graph that is trained has one input, but this one has 2");
  GraphBuilder integers;
  integers.input("x", {1, 2}, ::onnx::TensorProto::INT64);
  integers.node("Identity", {"x"}, "y");
  integers.output("y");
  expectError(integers, "fit: {epochs: 1}",
              "the input 'x' is no batch of floats");
  GraphBuilder mixed;
  mixed.input("x", {4, 2});
  mixed.integers("axes", {0});
  mixed.node("ReduceSum", {"x", "axes"}, "sum");
  mixed.node("Add", {"x", "sum"}, "y");
  mixed.output("y");
  expectError(mixed, "fit: {epochs: 1}",
              "the samples of a batch are not apart");
}

/// One parameter in two layouts would be two.
TEST_F(FineTune, TiedWeights) {
  GraphBuilder g;
  g.input("x", {1, 4});
  g.weights("w", {4, 4});
  g.node("MatMul", {"x", "w"}, "a");
  g.set(g.node("Gemm", {"a", "w"}, "y"), "transB", 1);
  g.output("y");
  const std::string loss = "compile: {loss: mean_squared_error}\n";
  expectError(g, loss, "parameter 'w' is used in two layouts");
  EXPECT_TRUE(compile(g, loss + "freeze: [w]\nhead: [{Dense: {units: 2}}]"));
}

/// Exporters make one initializer of parameters that begin alike.
TEST_F(FineTune, ParametersThatBeginAlike) {
  GraphBuilder g;
  g.input("x", {1, 4});
  g.weights("w", {4, 4});
  g.floats("zeros", {4}, {0, 0, 0, 0});
  g.floats("other", {4}, {0, 0, 0, 0});
  g.node("Identity", {"zeros"}, "copy");
  g.node("Gemm", {"x", "w", "zeros"}, "a");
  g.node("Gemm", {"a", "w", "copy"}, "b");
  g.node("Gemm", {"b", "w", "other"}, "y");
  g.output("y");
  std::unique_ptr<Runner> model =
      compile(g, "compile: {loss: mean_squared_error}");
  ASSERT_TRUE(model);
  for (const char *name : {"w", "zeros", "copy", "other"})
    EXPECT_TRUE(model->find(name)) << name;
}

//===- Gradients ----------------------------------------------------------===//

/// Checks a graph whose last value gives three scores.
struct Gradients : FineTune {
  void check(GraphBuilder &g, const std::string &last) {
    g.output(last);
    std::unique_ptr<Runner> model =
        compile(g, "compile: {optimizer: {SGD: {learning_rate: 1}}, loss: "
                   "{categorical_crossentropy: {from_logits: true}}}\n"
                   "fit: {batch_size: 4}\n");
    if (model)
      GradientCheck(*model).run();
  }
  void conv(GraphBuilder &g, const std::string &from, const std::string &to,
            int64_t in, int64_t out, int64_t size = 3) {
    g.weights(to + "_w", {out, in, size, size});
    g.weights(to + "_b", {out});
    g.set(g.node("Conv", {from, to + "_w", to + "_b"}, to), "pads",
          std::vector<int64_t>(4, size / 2));
  }
  void classify(GraphBuilder &g, const std::string &from, int64_t features) {
    g.set(g.node("Flatten", {from}, "flat"), "axis", 1);
    g.weights("last", {features, 3});
    g.node("MatMul", {"flat", "last"}, "product");
    g.weights("offset", {1, 3});
    g.node("Add", {"product", "offset"}, "scores");
    check(g, "scores");
  }
};

/// Each layout's parameters, behind and before a Flatten.
TEST_F(Gradients, Classifier) {
  GraphBuilder g = smallNetwork();
  g.model.mutable_graph()->clear_output();
  check(g, "logits");
}

TEST_F(Gradients, JoinedAndPadded) {
  GraphBuilder g;
  g.input("x", {1, 3, 6, 5});
  conv(g, "x", "a", 3, 4);
  conv(g, "a", "b", 4, 2);
  g.set(g.node("Concat", {"a", "b"}, "c"), "axis", 1);
  g.integers("pads", {0, 0, 1, 0, 0, 0, 0, 2});
  g.node("Pad", {"c", "pads"}, "d");
  auto &pool = g.node("AveragePool", {"d"}, "e");
  g.set(pool, "kernel_shape", std::vector<int64_t>{2, 3});
  g.set(pool, "strides", std::vector<int64_t>{2, 1});
  classify(g, "e", 6 * 3 * 5);
}

/// Factors and offsets of the graph's own, with and without a gradient.
TEST_F(Gradients, Arithmetic) {
  GraphBuilder g;
  g.input("x", {1, 3, 4, 4});
  g.floats("mean", {1, 3, 1, 1}, {0.5, -0.25, 0.125});
  g.floats("deviation", {1, 3, 1, 1}, {2, 3, 0.5});
  g.node("Sub", {"x", "mean"}, "centered");
  g.node("Div", {"centered", "deviation"}, "scaled");
  conv(g, "scaled", "a", 3, 4);
  g.weights("factor", {4, 1, 1});
  g.node("Mul", {"a", "factor"}, "b");
  g.weights("map", {1, 1, 4, 4});
  g.node("Add", {"b", "map"}, "c");
  g.weights("slope", {4, 1, 1});
  g.node("PRelu", {"c", "slope"}, "d");
  g.floats("two", {}, {2});
  g.node("Div", {"d", "two"}, "e");
  g.floats("low", {}, {-0.5});
  g.floats("high", {}, {0.6F});
  g.node("Clip", {"e", "low", "high"}, "f");
  classify(g, "f", 64);
}

TEST_F(Gradients, NormsAndMeans) {
  GraphBuilder g;
  g.input("x", {1, 3, 4, 5});
  conv(g, "x", "a", 3, 4, 1);
  g.weights("s1", {4});
  g.weights("o1", {4});
  g.node("InstanceNormalization", {"a", "s1", "o1"}, "b");
  g.set(g.node("ReduceMean", {"b"}, "c"), "axes", std::vector<int64_t>{3});
  g.weights("s2", {4, 1});
  g.set(g.node("LayerNormalization", {"c", "s2"}, "d"), "axis", 2);
  g.node("Add", {"b", "d"}, "e");
  classify(g, "e", 80);
}

TEST_F(Gradients, Sequence) {
  GraphBuilder g;
  g.input("x", {1, 6, 5});
  g.weights("k", {5, 4});
  g.weights("kb", {4});
  g.node("MatMul", {"x", "k"}, "m");
  g.node("Add", {"m", "kb"}, "a");
  g.node("Tanh", {"a"}, "t");
  g.set(g.node("Transpose", {"t"}, "u"), "perm", std::vector<int64_t>{0, 2, 1});
  g.node("MatMul", {"t", "u"}, "scores2");
  g.set(g.node("Softmax", {"scores2"}, "p"), "axis", -1);
  g.node("MatMul", {"p", "t"}, "o");
  classify(g, "o", 24);
}
} // namespace
