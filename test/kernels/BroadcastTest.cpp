//===- BroadcastTest.cpp - Operands of fewer or smaller dimensions -------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
constexpr int64_t n = dynamicBatch;
using Shape = std::vector<int64_t>;

TEST(Broadcast, EveryPattern) {
  for (int64_t channels : {1, 5, 64}) {
    Shape full = {n, 6, 4, channels};
    // Each subset of the dimensions repeats.
    for (int pattern = 0; pattern < 16; ++pattern) {
      Shape shape = full;
      for (int d = 0; d < 4; ++d)
        if (pattern >> d & 1)
          shape[d] = 1;
      SpecBuilder b("pattern");
      int x = b.input(f32(full)), y = b.input(f32(shape));
      check(b.finish({b.op("subtract", {x, y}, {f32(full)})}), {1, 3});
      SpecBuilder c("broadcast");
      y = c.input(f32(shape));
      check(c.finish({c.op("broadcast", {y}, {f32(full)})}), {1, 3});
    }
  }
}

TEST(Broadcast, LowerRanks) {
  for (const Shape &full :
       {Shape{n, 6, 4, 20}, Shape{n, 6, 20}, Shape{n, 20}, Shape{7, 20}})
    for (const Shape &shape : {Shape{}, Shape{1}, Shape{20}, Shape{4, 20},
                               Shape{6, 4, 20}, Shape{6, 1, 1}, Shape{4, 1}}) {
      if (shape.size() > full.size() ||
          (full.size() < 4 && shape.size() > 1)) // other extents
        continue;
      SpecBuilder b("rank");
      int x = b.input(f32(full)), y = b.input(f32(shape));
      int z = b.op("multiply", {x, y}, {f32(full)});
      check(b.finish({b.op("add", {y, z}, {f32(full)})}), {1, 4});
    }
}

TEST(Broadcast, SeveralPatternsInOneChain) {
  TensorType t = f32({n, 9, 9, 24}), channel = f32({n, 1, 1, 24}),
             image = f32({n, 9, 9, 1}), row = f32({9, 1, 24}), bias = f32({24}),
             scalar = f32({});
  SpecBuilder b("patterns");
  int x = b.input(t), c = b.input(channel), i = b.input(image),
      r = b.input(row), v = b.input(bias), s = b.input(scalar);
  int small = b.op("multiply", {c, v}, {channel});
  int y = b.op("multiply", {x, small}, {t});
  y = b.op("maximum", {y, i}, {t});
  y = b.op("minimum", {y, r}, {t});
  y = b.op("mask", {y, x, i}, {t}, {{"predicate", "gt"}});
  y = b.op("add", {y, s}, {t});
  int one = b.op("constant", {}, {f32({})}, {{"value", 0.75}});
  check(b.finish({b.op("subtract", {y, one}, {t}), y}), {1, 5});
}

TEST(Broadcast, VectorsOfConstants) {
  for (std::vector<double> numbers :
       {std::vector<double>{0.5}, {0.5, -2, 7}, std::vector<double>(17, 3)}) {
    numbers.back() = 11;
    int64_t channels = static_cast<int64_t>(numbers.size());
    TensorType t = f32({n, 5, channels});
    SpecBuilder b("constants");
    int x = b.input(t);
    int vector = b.op("constant", {}, {f32({channels})}, {{"value", numbers}});
    check(b.finish({b.op("multiply", {x, vector}, {t})}), {1, 3});
  }
}

TEST(Broadcast, LongEnoughForTasks) {
  TensorType t = f32({n, 113, 113, 64}), channel = f32({n, 1, 1, 64}),
             rows = f32({n, 113, 1, 1});
  SpecBuilder b("tasks");
  int x = b.input(t), c = b.input(channel), r = b.input(rows);
  int y = b.op("multiply", {x, c}, {t});
  check(b.finish({b.op("add", {y, r}, {t})}), {1, 2});
  SpecBuilder d("static");
  TensorType w = f32({130, 40, 100});
  x = d.input(w), c = d.input(f32({40, 1}));
  check(d.finish({d.op("add", {x, c}, {w})}), {1});
}

TEST(Broadcast, InPlace) {
  TensorType t = f32({n, 5, 7, 37});
  SpecBuilder b("in_place");
  int x = b.input(t), y = b.input(f32({n, 1, 1, 37}));
  check(b.finish({b.op("add", {x, y}, {t})}, {x}), {1, 6});
}

TEST(Broadcast, Predicates) {
  TensorType t = f32({n, 50});
  for (const char *predicate : {"ge", "gt", "le", "lt"}) {
    SpecBuilder b("mask");
    int x = b.input(t), y = b.input(t), limit = b.input(f32({1}));
    // Some pairs are equal.
    int u = b.op("maximum", {x, limit}, {t}),
        v = b.op("maximum", {y, limit}, {t});
    check(b.finish({b.op("mask", {x, u, v}, {t}, {{"predicate", predicate}})}),
          {1, 6});
  }
}

TEST(Broadcast, Constant) {
  for (const Shape &shape : {Shape{}, Shape{3}, Shape{n}, Shape{n, 5, 6, 7}}) {
    SpecBuilder b("constant");
    check(b.finish({b.op("constant", {}, {f32(shape)}, {{"value", -2.5}})}),
          {1, 3});
  }
}

/// An anchor, and what it reads into a kernel.
TEST(Broadcast, InEpilogues) {
  Geometry g{13, 11, 8, 24, 3, 3};
  for (const Shape &shape : {Shape{n, 1, 1, 24}, Shape{n, 11, 9, 1}, Shape{24},
                             Shape{11, 1, 1}, Shape{}, Shape{n, 11, 1, 24}}) {
    SpecBuilder b("conv");
    int x = b.input(g.x()), w = b.input(g.w()), other = b.input(f32(shape));
    int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
    y = b.op("add", {y, other}, {g.y()});
    check(b.finish({b.op("multiply", {other, y}, {g.y()})}), {1, 3});
  }
  TensorType t = f32({n, 40}), u = f32({n, 33});
  SpecBuilder b("dense");
  int x = b.input(t), w = b.input(f32({40, 33})), column = b.input(f32({n, 1}));
  int y = b.op("dense", {x, w}, {u});
  check(b.finish({b.op("multiply", {y, column}, {u})}), {1, 9});
}

TEST(Broadcast, WrongShapesAreErrors) {
  for (const Shape &shape : {Shape{n, 3, 64}, Shape{2}, Shape{64, 1}}) {
    SpecBuilder b("wrong");
    TensorType t = f32({n, 5, 64});
    int x = b.input(t), y = b.input(f32(shape));
    KernelSpec spec = b.finish({b.op("add", {x, y}, {t})});
    Schedule schedule{"elementwise", {{"task_images", 1}, {"task_rows", 1}}};
    EXPECT_NE(compileToBitcode(spec, schedule, hostIsa()).error, "");
  }
}

std::vector<Bytes> run(const KernelSpec &spec) {
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  EXPECT_TRUE(kernel) << error;
  Call call(spec, 4, 1);
  kernel->run(call.pointers(), 4);
  std::vector<Bytes> all;
  for (size_t i = 0; i < spec.results.size(); ++i)
    all.push_back(call.resultBytes(i));
  return all;
}

TEST(Broadcast, ThreadsDoNotChangeResults) {
  TensorType t = f32({n, 113, 113, 16});
  SpecBuilder b("threads");
  int x = b.input(t), y = b.input(f32({n, 1, 113, 1}));
  KernelSpec spec = b.finish({b.op("multiply", {x, y}, {t})});
  JitKernel::setThreads(1);
  std::vector<Bytes> one = run(spec);
  JitKernel::setThreads(2);
  EXPECT_EQ(run(spec), one);
  JitKernel::setThreads(0);
}
} // namespace
