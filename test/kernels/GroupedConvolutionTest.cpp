//===- GroupedConvolutionTest.cpp - Groups, dilations, single channels ---===//

#include "test/kernels/Check.h"

using lathe::Isa;
using namespace lathe::kernels;

namespace {
enum Padding { Valid, Same, Uneven };

Geometry geometry(int64_t height, int64_t width, int64_t in, int64_t out,
                  int64_t sizeY, int64_t sizeX, int64_t stride,
                  int64_t dilation, int64_t groups, Padding padding) {
  Geometry g{height, width, in, out, sizeY, sizeX, stride, stride};
  g.dilationY = g.dilationX = dilation;
  g.groups = groups;
  auto same = [&](int64_t extent, int64_t size, int64_t &before,
                  int64_t &after) {
    int64_t reach = (size - 1) * dilation + 1;
    int64_t total = std::max<int64_t>(
        0, ((extent + stride - 1) / stride - 1) * stride + reach - extent);
    before = total / 2;
    after = total - before;
  };
  if (padding == Same) {
    same(height, sizeY, g.top, g.bottom);
    same(width, sizeX, g.left, g.right);
  } else if (padding == Uneven) {
    g.top = 2, g.bottom = 0, g.left = 1, g.right = 3;
  }
  return g;
}

KernelSpec forward(const Geometry &g) {
  SpecBuilder b("forward");
  int x = b.input(g.x()), w = b.input(g.w());
  return b.finish({b.op("conv2d", {x, w}, {g.y()}, g.attributes())});
}
KernelSpec backwardData(const Geometry &g) {
  SpecBuilder b("backward_data");
  int dy = b.input(g.y()), w = b.input(g.w());
  return b.finish(
      {b.op("conv2d_backward_data", {dy, w}, {g.x()}, g.attributes())});
}
KernelSpec backwardWeights(const Geometry &g) {
  SpecBuilder b("backward_weights");
  int x = b.input(g.x()), dy = b.input(g.y());
  return b.finish(
      {b.op("conv2d_backward_weights", {x, dy}, {g.w()}, g.attributes())});
}

/// All directions, each with one image and with several, on one thread and on
/// two, which must agree to the bit.
void checkAll(const Geometry &g) {
  if (g.outHeight() < 1 || g.outWidth() < 1)
    return;
  for (const KernelSpec &spec :
       {forward(g), backwardData(g), backwardWeights(g), slicedWeights(g, 2)}) {
    Schedule schedule = defaultSchedule(spec, hostIsa());
    SCOPED_TRACE(toString(schedule));
    std::string error;
    std::optional<JitKernel> kernel = JitKernel::compile(spec, schedule, error);
    ASSERT_TRUE(kernel) << error << " in " << signature(spec);
    for (int64_t n : {1, 5}) {
      Call one(spec, n, 7), two(spec, n, 7);
      JitKernel::setThreads(1);
      kernel->run(one.pointers(), static_cast<int32_t>(n));
      JitKernel::setThreads(2);
      kernel->run(two.pointers(), static_cast<int32_t>(n));
      compare(spec, one, 2e-5);
      EXPECT_EQ(one.resultBytes(0), two.resultBytes(0)) << signature(spec);
    }
    JitKernel::setThreads(0);
  }
}

double dot(const Tensor &a, const Tensor &b) {
  double sum = 0;
  for (size_t i = 0; i < a.data.size(); ++i)
    sum += a.data[i] * b.data[i];
  return sum;
}

TEST(GroupedConvolution, ReferencesAreAdjoint) {
  for (int64_t stride : {1, 2, 3})
    for (int64_t dilation : {1, 2})
      for (int64_t groups : {1, 2, 6})
        for (Padding padding : {Valid, Same, Uneven}) {
          Geometry g =
              geometry(9, 11, 6, 12, 3, 2, stride, dilation, groups, padding);
          Call x(forward(g), 2, 1), dy(backwardData(g), 2, 2);
          const Tensor &image = x.inputs[0], &filter = x.inputs[1],
                       &gradient = dy.inputs[0];
          double y = dot(evaluate(forward(g), {image, filter}, 2)[0], gradient);
          EXPECT_NEAR(
              y,
              dot(evaluate(backwardData(g), {gradient, filter}, 2)[0], image),
              1e-9);
          EXPECT_NEAR(y,
                      dot(evaluate(backwardWeights(g), {image, gradient}, 2)[0],
                          filter),
                      1e-9);
        }
}

TEST(GroupedConvolution, Dilated) {
  for (int64_t dilation : {2, 3})
    for (int64_t stride : {1, 2})
      for (Padding padding : {Valid, Same, Uneven})
        checkAll(geometry(13, 17, 3, 17, 3, 2, stride, dilation, 1, padding));
}

TEST(GroupedConvolution, TransposedStrides) {
  for (int64_t stride : {1, 2, 3})
    for (int64_t size : {1, 2, 3, 4, 5})
      for (Padding padding : {Valid, Same})
        for (int64_t dilation : {1, 2}) {
          Geometry g =
              geometry(14, 15, 8, 5, size, size, stride, dilation, 1, padding);
          check(backwardData(g), {2});
        }
}

TEST(GroupedConvolution, Groups) {
  //                h   w  ci   co ky kx s  d  g
  checkAll(geometry(9, 10, 64, 64, 3, 3, 1, 1, 2, Same));
  checkAll(geometry(8, 9, 128, 128, 3, 3, 2, 1, 32, Same));
  checkAll(geometry(7, 7, 64, 128, 3, 3, 1, 1, 8, Same));
  checkAll(geometry(7, 8, 12, 6, 3, 3, 1, 2, 3, Uneven));
  checkAll(geometry(7, 6, 51, 34, 2, 3, 2, 1, 17, Valid));
  checkAll(geometry(5, 8, 6, 102, 1, 1, 1, 1, 3, Valid));
  checkAll(geometry(6, 5, 2, 80, 3, 3, 1, 1, 2, Same)); // few channels by many
  checkAll(geometry(1, 1, 32, 64, 1, 1, 1, 1, 4, Valid));
}

/// Tiles of channels, the last one shifted, within those of pixels or around.
TEST(GroupedConvolution, DepthwiseOfManyChannels) {
  for (int64_t stride : {1, 2}) {
    Geometry g = geometry(11, 14, 80, 80, 3, 3, stride, 1, 80, Same);
    checkAll(g);
    for (const KernelSpec &spec : {forward(g), backwardData(g)})
      for (int64_t inside : {0, 1}) {
        Schedule schedule = defaultSchedule(spec, hostIsa());
        schedule.parameters["channels_inside"] = inside;
        check(spec, 3, 2e-5, &schedule);
      }
  }
}

TEST(GroupedConvolution, Depthwise) {
  for (int64_t channels : {17, 32})
    for (int64_t stride : {1, 2, 3})
      for (Padding padding : {Valid, Same, Uneven})
        checkAll(geometry(11, 14, channels, channels, 3, 3, stride, 1, channels,
                          padding));
  checkAll(geometry(10, 9, 3, 3, 3, 3, 2, 1, 3, Same));
  checkAll(geometry(9, 9, 48, 48, 5, 5, 1, 1, 48, Same));
  checkAll(geometry(14, 14, 96, 96, 7, 7, 1, 1, 96, Same));
  checkAll(geometry(12, 13, 20, 20, 3, 2, 1, 3, 20, Uneven));
  checkAll(geometry(12, 13, 16, 16, 3, 3, 2, 2, 16, Same));
  checkAll(geometry(1, 1, 40, 40, 1, 1, 1, 1, 40, Valid));
}

TEST(GroupedConvolution, SeveralFiltersForEachChannel) {
  for (int64_t multiplier : {2, 3})
    for (int64_t stride : {1, 2})
      checkAll(geometry(9, 10, 17, 17 * multiplier, 3, 3, stride, 1, 17, Same));
  checkAll(geometry(6, 7, 24, 24 * 12, 3, 3, 1, 1, 24, Valid));
}

TEST(GroupedConvolution, RandomShapes) {
  std::mt19937 random(11);
  auto pick = [&](std::initializer_list<int64_t> values) {
    return *(values.begin() + random() % values.size());
  };
  for (int trial = 0; trial < 40; ++trial) {
    int64_t groups = pick({1, 1, 2, 3, 17}), in = groups * pick({1, 1, 3, 5}),
            out = groups * pick({1, 2, 4, 17});
    Geometry g = geometry(pick({1, 5, 8, 13}), pick({1, 7, 10, 19}), in, out,
                          pick({1, 2, 3, 5}), pick({1, 2, 3, 4}), 1,
                          pick({1, 1, 2, 3}), groups, Same);
    g.strideY = pick({1, 2, 3}), g.strideX = pick({1, 2, 3});
    g.top += pick({0, 0, 1, 2}), g.right += pick({0, 0, 1, 3});
    checkAll(g);
  }
}

TEST(GroupedConvolution, Fused) {
  for (int64_t channels : {32, 17})
    for (int64_t groups :
         {int64_t{1}, channels, channels == 32 ? 4 : int64_t{17}})
      for (int64_t multiplier : {1, 2}) {
        int64_t out = channels * multiplier;
        Geometry g = geometry(10, 12, channels, out, 3, 3, 1, 1, groups, Same);
        SpecBuilder b("fused");
        int x = b.input(g.x()), w = b.input(g.w()), bias = b.input(f32({out})),
            other = b.input(g.y());
        int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
        y = b.op("bias_add", {y, bias}, {g.y()});
        int sum = b.op("add", {y, other}, {g.y()});
        int z = b.op("relu", {sum}, {g.y()});
        check(b.finish({z, sum}), {1, 3});

        SpecBuilder d("fused_gradient");
        int dy = d.input(g.y()), filter = d.input(g.w()), mask = d.input(g.x());
        int dx =
            d.op("conv2d_backward_data", {dy, filter}, {g.x()}, g.attributes());
        dx = d.op("relu_backward", {dx, mask}, {g.x()});
        check(d.finish({dx}), {1, 3});
      }
}

TEST(GroupedConvolution, Pooled) {
  for (int64_t groups : {1, 4, 32})
    for (int64_t padding : {0, 1}) {
      Geometry g = geometry(12, 13, 32, 64, 3, 3, 1, 1, groups, Same);
      Geometry p{12, 13, 64,      64,      3,       3,
                 2,  2,  padding, padding, padding, padding};
      SpecBuilder b("pooled");
      int x = b.input(g.x()), w = b.input(g.w()), bias = b.input(f32({64}));
      int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
      y = b.op("bias_add", {y, bias}, {g.y()});
      y = b.op("max_pool2d", {y}, {p.y()}, p.poolAttributes());
      y = b.op("relu", {y}, {p.y()});
      check(b.finish({y}), {1, 3});
    }
}

/// One image of one pixel, rows of tokens, filters whose transposed weights are
/// larger than a stack.
TEST(GroupedConvolution, ExtremeShapes) {
  checkAll(geometry(1, 1, 200, 72, 1, 1, 1, 1, 1, Valid));
  checkAll(geometry(1, 197, 40, 24, 1, 1, 1, 1, 1, Valid));
  checkAll(geometry(8, 8, 40, 40, 1, 1, 2, 1, 1, Valid));
  checkAll(geometry(5, 6, 33, 400, 3, 3, 1, 1, 1, Same));
  checkAll(geometry(7, 9, 18, 300, 4, 4, 2, 1, 1, Uneven));
  checkAll(geometry(3, 20, 36, 1200, 3, 3, 1, 1, 2, Same));
  checkAll(geometry(2, 900, 16, 300, 3, 3, 1, 1, 1, Same)); // totals of columns
  checkAll(geometry(13, 12, 64, 64, 11, 11, 4, 1, 1, Same));
  checkAll(geometry(9, 9, 18, 36, 25, 25, 1, 1, 18, Same));
}

TEST(GroupedConvolution, MalformedFiltersAreRefused) {
  Geometry g = geometry(5, 5, 6, 6, 3, 3, 1, 1, 2, Same);
  for (int64_t groups : {0, 1, 4, 6}) {
    KernelSpec spec = forward(g);
    spec.nodes[0].attributes["groups"] = groups;
    EXPECT_TRUE(defaultSchedule(spec, hostIsa()).strategy.empty()) << groups;
  }
}

TEST(GroupedConvolution, StackIsLimited) {
  KernelSpec spec = backwardData(geometry(9, 9, 64, 1024, 3, 3, 1, 1, 1, Same));
  Schedule schedule = defaultSchedule(spec, Isa::X86_64_V4);
  EXPECT_EQ(schedule.strategy, "blocked");
  schedule = *parseSchedule(
      "direct{channel_vectors=1, columns=9, rows=1, unroll_channels=1, "
      "unroll_window_columns=1, unroll_window_rows=0, parallel_channels=1, "
      "task_rows=9, task_images=1}");
  EXPECT_NE(compileToBitcode(spec, schedule, Isa::X86_64_V4)
                .error.find("bytes of its stack"),
            std::string::npos);
}

TEST(GroupedConvolution, AllInstructionSets) {
  for (Isa isa : {Isa::X86_64_V2, Isa::X86_64_V3, Isa::X86_64_V4, Isa::AArch64})
    for (int64_t groups : {1, 4, 32}) {
      Geometry g = geometry(8, 9, 32, 32, 3, 3, 2, 1, groups, Same);
      for (const KernelSpec &spec :
           {forward(g), backwardData(g), backwardWeights(g)})
        EXPECT_EQ(compileToBitcode(spec, defaultSchedule(spec, isa), isa).error,
                  "");
    }
}

// Tasks that overlap would write what each of them has rounded in its own way.
TEST(GroupedConvolution, UnevenTasksOfChannels) {
  for (int64_t out : {48, 40, 304})
    checkAll(geometry(2, 300, 24, out, 3, 3, 1, 1, 1, Same));
}
} // namespace
