//===- RunTest.cpp - Artifacts of graphs compute them ---------------------===//
#include "test/conformance/Artifact.h"
#include "test/onnx/GraphBuilder.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;

namespace {
std::vector<float> weightsOf(const GraphBuilder &g, const std::string &name) {
  for (const auto &tensor : g.model.graph().initializer())
    if (tensor.name() == name) {
      std::vector<float> values(tensor.raw_data().size() / sizeof(float));
      std::memcpy(values.data(), tensor.raw_data().data(),
                  tensor.raw_data().size());
      return values;
    }
  return {};
}

/// [channels, height, width] and a filter [out, in, 3, 3].
std::vector<double> convolve(const std::vector<double> &x, int in, int size,
                             const std::vector<float> &w, int out,
                             int padding) {
  int result = size + 2 * padding - 2;
  std::vector<double> y(size_t(out * result * result));
  for (int o = 0; o < out; ++o)
    for (int i = 0; i < result; ++i)
      for (int j = 0; j < result; ++j)
        for (int c = 0; c < in; ++c)
          for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q) {
              int a = i + p - padding, b = j + q - padding;
              if (a >= 0 && a < size && b >= 0 && b < size)
                y[(o * result + i) * result + j] +=
                    x[(c * size + a) * size + b] *
                    w[((o * in + c) * 3 + p) * 3 + q];
            }
  return y;
}

/// smallNetwork by naive loops.
std::vector<double> expected(const GraphBuilder &g, std::vector<double> x) {
  std::vector<float> b1 = weightsOf(g, "b1"), gamma = weightsOf(g, "gamma"),
                     beta = weightsOf(g, "beta"), mean = weightsOf(g, "mean"),
                     variance = weightsOf(g, "variance"),
                     w3 = weightsOf(g, "w3"), b3 = weightsOf(g, "b3");
  std::vector<double> c1 = convolve(x, 2, 8, weightsOf(g, "w1"), 4, 1);
  std::vector<double> pooled(4 * 4 * 4);
  for (int c = 0; c < 4; ++c)
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j)
        for (int k = 0; k < 4; ++k)
          pooled[(c * 4 + i) * 4 + j] =
              std::max(pooled[(c * 4 + i) * 4 + j],
                       c1[(c * 8 + 2 * i + k / 2) * 8 + 2 * j + k % 2] + b1[c]);
  std::vector<double> c2 = convolve(pooled, 4, 4, weightsOf(g, "w2"), 6, 0);
  for (int i = 0; i < 24; ++i) {
    int c = i / 4;
    c2[i] = std::max(
        0.0,
        (c2[i] - mean[c]) / std::sqrt(variance[c] + 1e-5) * gamma[c] + beta[c]);
  }
  std::vector<double> y(3);
  double sum = 0;
  for (int o = 0; o < 3; ++o) {
    y[o] = b3[o];
    for (int i = 0; i < 24; ++i)
      y[o] += c2[i] * w3[o * 24 + i];
    y[o] = std::exp(y[o]);
    sum += y[o];
  }
  for (double &p : y)
    p /= sum;
  return y;
}

/// Weights are those of the file, whatever layout they are computed in.
TEST(Run, SmallNetwork) {
  TemporaryFolder folder;
  GraphBuilder g = smallNetwork(3);
  std::string file = folder.path("model.onnx"), error;
  g.write(file);
  std::optional<Artifact> artifact =
      Artifact::compile(file, folder.path("cache"), {}, error);
  ASSERT_TRUE(artifact) << error;
  const lathe_model &model = artifact->model();
  EXPECT_EQ(model.batch, 3);
  EXPECT_STREQ(model.input_ports[0].name, "image");
  EXPECT_STREQ(model.output_ports[0].name, "probabilities");
  EXPECT_EQ(model.fit, nullptr);
  EXPECT_EQ(model.train_step, nullptr);
  EXPECT_EQ(model.evaluate, nullptr);
  ASSERT_NE(model.predict, nullptr);

  // More samples than a step takes.
  const int n = 7;
  Array input{"image", LATHE_F32, {n, 2, 8, 8}, {}};
  std::vector<float> pixels;
  for (int i = 0; i < n * 128; ++i)
    pixels.push_back(float((i * 37) % 101) / 50 - 1);
  input.bytes.assign(reinterpret_cast<char *>(pixels.data()),
                     reinterpret_cast<char *>(pixels.data() + pixels.size()));
  std::vector<double> got = numbersOf(artifact->run({&input})[0]);
  ASSERT_EQ(got.size(), 3u * n);
  for (int i = 0; i < n; ++i) {
    std::vector<double> image(pixels.begin() + i * 128,
                              pixels.begin() + (i + 1) * 128);
    std::vector<double> wanted = expected(g, image);
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(got[3 * i + c], wanted[c], 1e-5);
  }
}

/// Large weights keep their place in memory. The first matrix is written with
/// its rows and columns exchanged and its rows in another order, the second as
/// it is.
TEST(Run, LargeWeights) {
  TemporaryFolder folder;
  GraphBuilder g;
  g.input("x", {1, 2, 18, 18});
  g.weights("filter", {5, 2, 3, 3});
  g.weights("turned", {256, 1280});
  g.weights("plain", {256, 1100});
  g.node("Conv", {"x", "filter"}, "maps");
  g.node("Flatten", {"maps"}, "flat");
  g.set(g.node("Gemm", {"flat", "turned"}, "middle"), "transB", 1);
  g.node("MatMul", {"middle", "plain"}, "y");
  g.output("y");
  std::string file = folder.path("model.onnx"), error;
  g.write(file);
  std::optional<Artifact> artifact =
      Artifact::compile(file, folder.path("cache"), {}, error);
  ASSERT_TRUE(artifact) << error;

  Array input{"x", LATHE_F32, {1, 2, 18, 18}, {}};
  std::vector<float> pixels;
  for (int i = 0; i < 2 * 18 * 18; ++i)
    pixels.push_back(float((i * 37) % 101) / 50 - 1);
  input.bytes.assign(reinterpret_cast<char *>(pixels.data()),
                     reinterpret_cast<char *>(pixels.data() + pixels.size()));
  std::vector<double> maps = convolve({pixels.begin(), pixels.end()}, 2, 18,
                                      weightsOf(g, "filter"), 5, 0);
  std::vector<float> turned = weightsOf(g, "turned"),
                     plain = weightsOf(g, "plain");
  std::vector<double> wanted(1100);
  for (size_t o = 0; o < 256; ++o) {
    double sum = 0;
    for (size_t i = 0; i < 1280; ++i)
      sum += maps[i] * turned[o * 1280 + i];
    for (size_t k = 0; k < 1100; ++k)
      wanted[k] += sum * plain[o * 1100 + k];
  }
  double scale = 0;
  for (double value : wanted)
    scale = std::max(scale, std::fabs(value));
  std::vector<double> got = numbersOf(artifact->run({&input})[0]);
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t k = 0; k < got.size(); ++k)
    EXPECT_NEAR(got[k], wanted[k], 1e-5 * scale);
}

/// Several inputs and outputs of several types, some of which are constants,
/// copies, or nothing at all.
TEST(Run, PortsOfAllKinds) {
  TemporaryFolder folder;
  GraphBuilder g;
  g.input("x", {2, 3});
  g.input("k", {}, ::onnx::TensorProto::INT64);
  g.input("flags", {3}, ::onnx::TensorProto::BOOL);
  g.node("Identity", {"x"}, "copy");
  g.floats("c", {2}, {1.5, -2});
  g.node("Identity", {"c"}, "constant");
  g.node("Not", {"flags"}, "negated");
  g.integers("one", {1});
  g.node("Add", {"k", "one"}, "next");
  g.integers("start", {0});
  g.node("Slice", {"x", "start", "start"}, "nothing");
  for (const char *name :
       {"copy", "constant", "negated", "next", "nothing", "x"})
    g.output(name);
  std::string file = folder.path("model.onnx"), error;
  g.write(file);
  std::optional<Artifact> artifact =
      Artifact::compile(file, folder.path("cache"), {}, error);
  ASSERT_TRUE(artifact) << error;
  EXPECT_EQ(artifact->model().input_count, 3);
  EXPECT_EQ(artifact->model().predict, nullptr);

  Array x{"x", LATHE_F32, {2, 3}, {}}, k{"k", LATHE_I64, {}, {}},
      flags{"flags", LATHE_U8, {3}, {1, 0, 1}};
  float values[] = {1, 2, 3, 4, 5, 6};
  x.bytes.assign(reinterpret_cast<char *>(values),
                 reinterpret_cast<char *>(values + 6));
  int64_t number = int64_t(1) << 40;
  k.bytes.assign(reinterpret_cast<char *>(&number),
                 reinterpret_cast<char *>(&number + 1));
  std::vector<Array> out = artifact->run({&x, &k, &flags});
  ASSERT_EQ(out.size(), 6u);
  std::vector<double> copied = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(numbersOf(out[0]), copied);
  EXPECT_EQ(numbersOf(out[1]), (std::vector<double>{1.5, -2}));
  EXPECT_EQ(numbersOf(out[2]), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(numbersOf(out[3]), (std::vector<double>{1099511627777.0}));
  EXPECT_EQ(out[4].shape, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(numbersOf(out[5]), copied);
  // A missing buffer is an error, not a crash.
  EXPECT_EQ(artifact->model().run(nullptr, nullptr, nullptr, 1, nullptr),
            LATHE_ERROR_ARGUMENT);
}
} // namespace
