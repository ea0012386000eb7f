//===- ActivationTest.cpp - Activation functions and random noise --------===//

#include "test/kernels/Check.h"
#include "test/kernels/ReferenceOps.h"

#include <limits>

using namespace lathe::kernels;

namespace {
constexpr int64_t n = dynamicBatch;

struct Function {
  const char *name;
  bool fromResult; ///< the gradient is computed from y
  double alpha = 0;
};
const Function functions[] = {
    {"leaky_relu", false, 0.1},
    {"relu6", true},
    {"elu", false, 1.5},
    {"selu", true},
    {"gelu", false},
    {"gelu_tanh", false},
    {"silu", false},
    {"mish", false},
    {"hard_silu", false},
    {"hard_sigmoid", true},
    {"sigmoid", true},
    {"tanh", true},
    {"softplus", false},
    {"softsign", false},
    {"exponential", true},
};
Attributes attributes(const Function &f) {
  Attributes result = {{"function", f.name}};
  if (f.alpha != 0)
    result["alpha"] = f.alpha;
  return result;
}

class Activation : public testing::TestWithParam<Function> {
protected:
  /// The kernel on given values of x and on dy = 1.
  std::vector<double> run(bool backward, const std::vector<float> &x) {
    TensorType t = f32({n});
    SpecBuilder b("activation");
    int dy = backward ? b.input(t) : -1, saved = b.input(t);
    int y = backward ? b.op("activation_backward", {dy, saved}, {t},
                            attributes(GetParam()))
                     : b.op("activation", {saved}, {t}, attributes(GetParam()));
    KernelSpec spec = b.finish({y});
    std::string error;
    std::optional<JitKernel> kernel =
        JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
    EXPECT_TRUE(kernel) << error;
    std::vector<float> ones(x.size(), 1.0f), result(x.size());
    std::vector<void *> buffers = {const_cast<float *>(x.data()),
                                   result.data()};
    if (backward)
      buffers.insert(buffers.begin(), ones.data());
    kernel->run(buffers, static_cast<int32_t>(x.size()));
    return {result.begin(), result.end()};
  }
};
INSTANTIATE_TEST_SUITE_P(Functions, Activation, testing::ValuesIn(functions),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

TEST_P(Activation, IsPrecise) {
  const Function &f = GetParam();
  std::vector<float> x;
  for (double v = -30; v < 30; v += 0.00713)
    x.push_back(static_cast<float>(v));
  for (double v = 1e-30; v < 1; v *= 1.7) {
    x.push_back(static_cast<float>(v));
    x.push_back(static_cast<float>(-v));
  }
  std::vector<double> y = run(false, x);
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = reference::activation(f.name, x[i], f.alpha);
    EXPECT_NEAR(y[i], expected, 4e-7 * std::max(1.0, std::fabs(expected)))
        << x[i];
  }
}

TEST_P(Activation, SlopeIsPrecise) {
  const Function &f = GetParam();
  std::vector<float> x, saved;
  for (double v = -30; v < 30; v += 0.00713) {
    x.push_back(static_cast<float>(v));
    saved.push_back(f.fromResult ? static_cast<float>(reference::activation(
                                       f.name, x.back(), f.alpha))
                                 : x.back());
  }
  std::vector<double> slope = run(true, saved);
  for (size_t i = 0; i < x.size(); ++i) {
    // Near a bend, finite differences mean nothing.
    bool bend = false;
    for (double where : {-3.0, 0.0, 3.0, 6.0})
      bend |= std::fabs(x[i] - where) < 2e-4;
    double step = 1e-4;
    double expected = (reference::activation(f.name, x[i] + step, f.alpha) -
                       reference::activation(f.name, x[i] - step, f.alpha)) /
                      (2 * step);
    if (!bend) {
      EXPECT_NEAR(slope[i], expected, 2e-6 * std::max(1.0, std::fabs(expected)))
          << x[i];
    }
  }
}

TEST_P(Activation, ExtremesAreNumbers) {
  std::vector<float> x;
  for (float v : {100.0f, 88.0f, 1e4f, 1e10f, 1e20f, 3e38f})
    x.insert(x.end(), {v, -v});
  for (int more = 0; more < 8; ++more) // a whole vector
    x.push_back(0);
  const Function &f = GetParam();
  std::vector<double> y = run(false, x), slope = run(true, x);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_FALSE(std::isnan(y[i])) << x[i];
    double expected = reference::activation(f.name, x[i], f.alpha);
    if (std::isfinite(expected) && std::fabs(expected) < 3e38) {
      EXPECT_NEAR(y[i], expected, 4e-7 * std::max(1.0, std::fabs(expected)))
          << x[i];
    }
    if (!f.fromResult) {
      EXPECT_FALSE(std::isnan(slope[i])) << x[i];
      EXPECT_LE(std::fabs(slope[i]), 1.6) << x[i];
    }
  }
}

TEST_P(Activation, KeepsNaN) {
  std::vector<float> x(40, std::numeric_limits<float>::quiet_NaN());
  for (double y : run(false, x))
    EXPECT_TRUE(std::isnan(y));
}

TEST_P(Activation, InChains) {
  TensorType t = f32({n, 5, 7, 20});
  SpecBuilder b("chain");
  int dy = b.input(t), x = b.input(t), bias = b.input(f32({20}));
  x = b.op("bias_add", {x, bias}, {t});
  int y = b.op("activation", {x}, {t}, attributes(GetParam()));
  int dx = b.op("activation_backward", {dy, GetParam().fromResult ? y : x}, {t},
                attributes(GetParam()));
  check(b.finish({y, dx}), {1, 3});
}

TEST(Noise, DropoutOfSharedAxes) {
  TensorType t = f32({n, 6, 5, 24}), c = f32({n, 1, 1, 24});
  for (const std::vector<int64_t> &axes :
       {std::vector<int64_t>{1, 2}, {1, 2, 3}, {3}, {0, 2}, {2}, {}}) {
    SpecBuilder b("shared");
    int x = b.input(t), iteration = b.input(i64({})), seed = b.input(i64({})),
        gate = b.input(c);
    Attributes attributes = {
        {"rate", 0.4}, {"key", int64_t{7}}, {"shared_axes", axes}};
    int y = b.op("dropout", {x, iteration, seed}, {t}, attributes);
    check(b.finish({y}), {1, 5});
    y = b.op("multiply", {y, gate}, {t}); // other runs of dimensions
    check(b.finish({y}), {1, 5});
  }
}

TEST(Noise, Gaussian) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{n, 28, 28, 3}, {n, 100}, {n, 7}}) {
    TensorType t = f32(shape);
    SpecBuilder b("noise");
    int x = b.input(t), iteration = b.input(i64({})), seed = b.input(i64({}));
    check(b.finish({b.op("gaussian_noise", {x, iteration, seed}, {t},
                         {{"stddev", 0.3}, {"key", int64_t{1} << 40}})}),
          {1, 9});
  }
}

TEST(Noise, GaussianStatistics) {
  double moments[5] = {}, neighbours = 0, streams = 0;
  int count = 1 << 18;
  reference::Stream stream(42, 7, 1), next(42, 8, 1);
  for (int i = 0; i < count; ++i) {
    double z = stream.normal(i), power = 1;
    for (double &moment : moments) {
      moment += power / count;
      power *= z;
    }
    neighbours += z * stream.normal(i + 1) / count;
    streams += z * next.normal(i) / count;
  }
  // Five standard deviations of each estimate.
  double deviation = 5 / std::sqrt(count);
  EXPECT_NEAR(moments[1], 0, deviation);
  EXPECT_NEAR(moments[2], 1, deviation * std::sqrt(2.0));
  EXPECT_NEAR(moments[3], 0, deviation * std::sqrt(15.0));
  EXPECT_NEAR(moments[4], 3, deviation * std::sqrt(96.0));
  EXPECT_NEAR(neighbours, 0, deviation);
  EXPECT_NEAR(streams, 0, deviation);
}
} // namespace
