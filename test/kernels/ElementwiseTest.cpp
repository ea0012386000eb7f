//===- ElementwiseTest.cpp - Chains, reductions, rows and updates --------===//

#include "test/kernels/Check.h"

#include <cmath>

using namespace lathe::kernels;

namespace {
TEST(Elementwise, Chain) {
  for (int64_t channels : {1, 3, 17, 64}) {
    TensorType t = f32({dynamicBatch, 5, 7, channels});
    SpecBuilder b("chain");
    int x = b.input(t), bias = b.input(f32({channels})), other = b.input(t);
    int y = b.op("scale", {x}, {t}, {{"scale", 1.5}, {"offset", -0.25}});
    y = b.op("bias_add", {y, bias}, {t});
    y = b.op("add", {y, other}, {t});
    int z = b.op("relu", {y}, {t});
    check(b.finish({z, y}), {1, 5});
  }
}

TEST(Elementwise, LongEnoughForTasks) {
  TensorType t = f32({dynamicBatch, 150, 151, 3});
  SpecBuilder b("long");
  int x = b.input(t), y = b.input(t);
  check(b.finish({b.op("relu_backward", {x, y}, {t})}), {1, 3});
  TensorType c = f32({dynamicBatch, 113, 113, 64});
  SpecBuilder d("rows");
  int u = d.input(c), bias = d.input(f32({64}));
  check(d.finish({d.op("bias_add", {u, bias}, {c})}), {2});
  TensorType w = f32({100, 999});
  SpecBuilder e("static");
  int p = e.input(w), q = e.input(w);
  check(e.finish({e.op("add", {p, q}, {w})}), {1});
}

TEST(Elementwise, InPlace) {
  TensorType t = f32({dynamicBatch, 37});
  SpecBuilder b("in_place");
  int x = b.input(t), y = b.input(t);
  check(b.finish({b.op("add", {x, y}, {t})}, {x}), {1, 6});
  SpecBuilder c("increment");
  int i = c.input(i64({}));
  check(c.finish({c.op("increment", {i}, {i64({})})}, {i}), {1});
}

TEST(Elementwise, DropoutStatistics) {
  int kept = 0, both = 0, streams = 64, elements = 4096;
  for (int stream = 0; stream < streams; ++stream)
    for (int i = 0; i < elements; ++i) {
      bool a = dropoutKeeps(42, stream, 1, i, 0.3),
           c = dropoutKeeps(42, stream + 1, 1, i, 0.3);
      kept += a;
      both += a && c;
    }
  double total = streams * elements;
  // Five standard deviations of a fair coin of that bias.
  EXPECT_NEAR(kept / total, 0.7, 5 * std::sqrt(0.21 / total));
  EXPECT_NEAR(both / total, 0.49, 5 * std::sqrt(0.25 / total));
}

TEST(Pooling, Alone) {
  for (int64_t channels : {1, 3, 17, 32})
    for (Geometry p :
         {Geometry{11, 11, 0, 0, 2, 2, 2, 2},
          Geometry{12, 9, 0, 0, 3, 3, 2, 2, 1, 0, 1, 1},
          Geometry{7, 8, 0, 0, 3, 2, 1, 1}, Geometry{6, 6, 0, 0, 2, 2, 3, 3},
          Geometry{5, 5, 0, 0, 5, 5, 5, 5}}) {
      p.inChannels = p.outChannels = channels;
      TensorType index = p.y();
      index.element = ElementType::U8;
      SpecBuilder b("pool");
      int x = b.input(p.x());
      int y =
          b.op("max_pool2d_argmax", {x}, {p.y(), index}, p.poolAttributes());
      check(b.finish({y, y + 1}), {1, 3});
      SpecBuilder c("pool_relu");
      x = c.input(p.x());
      y = c.op("max_pool2d", {x}, {p.y()}, p.poolAttributes());
      check(c.finish({c.op("relu", {y}, {p.y()})}), {2});
      SpecBuilder d("pool_backward");
      int dy = d.input(p.y()), argmax = d.input(index), before = d.input(p.y()),
          after = d.input(p.x());
      int dx = d.op("relu_backward", {dy, before}, {p.y()});
      dx = d.op("max_pool2d_backward", {dx, argmax}, {p.x()},
                p.poolAttributes());
      dx = d.op("relu_backward", {dx, after}, {p.x()});
      check(d.finish({dx}), {1, 3}, 2e-5, nullptr, p.sizeY * p.sizeX);
    }
}

TEST(Rows, All) {
  for (int64_t classes : {1, 2, 10, 17, 100, 1000}) {
    TensorType t = f32({dynamicBatch, classes}), labels = i32({dynamicBatch});
    {
      SpecBuilder b("softmax");
      int x = b.input(t);
      check(b.finish({b.op("softmax", {x}, {t})}), {1, 5});
    }
    {
      SpecBuilder b("loss");
      int x = b.input(t), l = b.input(labels);
      int y = b.op("softmax_cross_entropy", {x, l}, {f32({}), t});
      check(b.finish({y, y + 1}), {1, 32});
    }
    {
      SpecBuilder b("loss_backward");
      int x = b.input(t), l = b.input(labels);
      check(b.finish({b.op("softmax_cross_entropy_backward", {x, l}, {t})}),
            {1, 32});
    }
    {
      SpecBuilder b("correct");
      int x = b.input(t), l = b.input(labels);
      check(b.finish({b.op("count_correct", {x, l}, {i32({})})}), {1, 200});
    }
  }
}

/// Runs a kernel on scores that are not random.
std::vector<Tensor> runOn(const KernelSpec &spec,
                          const std::vector<float> &scores,
                          const std::vector<int32_t> &labels) {
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  EXPECT_TRUE(kernel) << error;
  Call call(spec, static_cast<int64_t>(labels.size()), 1);
  std::memcpy(call.pointers()[0], scores.data(), scores.size() * 4);
  std::memcpy(call.pointers()[1], labels.data(), labels.size() * 4);
  kernel->run(call.pointers(), call.n);
  std::vector<Tensor> results;
  for (size_t i = 0; i < spec.results.size(); ++i)
    results.push_back(call.result(i));
  return results;
}

TEST(Rows, LossIsStable) {
  TensorType t = f32({dynamicBatch, 3});
  SpecBuilder b("loss");
  int x = b.input(t), l = b.input(i32({dynamicBatch}));
  int y = b.op("softmax_cross_entropy", {x, l}, {f32({}), t});
  std::vector<Tensor> results =
      runOn(b.finish({y, y + 1}), {1000, -1000, 0, 500, 500, -500}, {1, 0});
  EXPECT_NEAR(results[0].data[0], (2000 + std::log(2.0)) / 2, 1e-3);
  EXPECT_NEAR(results[1].data[0], 1, 1e-6);
  EXPECT_NEAR(results[1].data[3], 0.5, 1e-6);
}

TEST(Rows, TiesGoToTheFirst) {
  TensorType t = f32({dynamicBatch, 3});
  SpecBuilder b("correct");
  int x = b.input(t), l = b.input(i32({dynamicBatch}));
  KernelSpec spec = b.finish({b.op("count_correct", {x, l}, {i32({})})});
  EXPECT_EQ(runOn(spec, {1, 1, 0, 1, 1, 0, 0, 2, 2}, {0, 1, 1})[0].data[0], 2);
}

TEST(Optimizers, AllInPlace) {
  for (int64_t count : {1, 1000, 40007}) {
    TensorType t = f32({count}), s = f32({});
    auto positive = [](const KernelSpec &spec,
                       std::initializer_list<int> slots) {
      std::string error;
      std::optional<JitKernel> kernel =
          JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
      ASSERT_TRUE(kernel) << error;
      Call call(spec, 1, 3);
      // Sums of squares are not negative.
      for (int slot : slots)
        for (size_t result = 0; result < spec.inPlace.size(); ++result)
          if (spec.inPlace[result] == slot) {
            for (double &value : call.inputs[slot].data)
              value = std::fabs(value);
            Bytes bytes = pack(call.inputs[slot]);
            size_t passed = call.memory.size() - spec.results.size();
            std::copy(
                bytes.begin(), bytes.end(),
                static_cast<std::byte *>(call.pointers()[passed + result]));
          }
      kernel->run(call.pointers(), 1);
      compare(spec, call, 2e-5);
    };
    {
      SpecBuilder b("sgd");
      int p = b.input(t), g = b.input(t), lr = b.input(s);
      positive(b.finish({b.op("sgd_update", {p, g, lr}, {t})}, {p}), {});
    }
    for (int64_t nesterov : {0, 1}) {
      SpecBuilder b("sgd_momentum");
      int p = b.input(t), g = b.input(t), v = b.input(t), lr = b.input(s);
      int r = b.op("sgd_update", {p, g, v, lr}, {t, t},
                   {{"momentum", 0.9}, {"nesterov", nesterov}});
      positive(b.finish({r, r + 1}, {p, v}), {});
    }
    {
      SpecBuilder b("rmsprop");
      int p = b.input(t), g = b.input(t), v = b.input(t), lr = b.input(s);
      int r = b.op("rmsprop_update", {p, g, v, lr}, {t, t},
                   {{"rho", 0.9}, {"epsilon", 1e-7}, {"momentum", 0.0}});
      positive(b.finish({r, r + 1}, {p, v}), {v});
    }
    {
      SpecBuilder b("rmsprop_momentum");
      int p = b.input(t), g = b.input(t), v = b.input(t), m = b.input(t),
          lr = b.input(s);
      int r = b.op("rmsprop_update", {p, g, v, m, lr}, {t, t, t},
                   {{"rho", 0.9}, {"epsilon", 1e-7}, {"momentum", 0.5}});
      positive(b.finish({r, r + 1, r + 2}, {p, v, m}), {v});
    }
    {
      SpecBuilder b("adam");
      int p = b.input(t), g = b.input(t), m = b.input(t), v = b.input(t),
          lr = b.input(s);
      int iteration = b.input(i64({}));
      int r = b.op("adam_update", {p, g, m, v, lr, iteration}, {t, t, t},
                   {{"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}});
      positive(b.finish({r, r + 1, r + 2}, {p, m, v}), {v});
    }
  }
}
} // namespace
