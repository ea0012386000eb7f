//===- ConvolutionTest.cpp - Convolutions and their fused groups ---------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
/// Shapes that exercise tails, borders and strides; the first ones are typical.
std::vector<Geometry> geometries() {
  //       h   w  ci  co ky kx sy sx  t  b  l  r
  return {{13, 13, 32, 64, 3, 3, 1, 1, 0, 0, 0, 0},
          {28, 28, 1, 32, 3, 3, 1, 1, 0, 0, 0, 0},
          {5, 5, 64, 64, 3, 3, 1, 1, 0, 0, 0, 0},
          {14, 14, 16, 32, 3, 3, 1, 1, 1, 1, 1, 1},
          {17, 23, 3, 17, 3, 3, 1, 1, 1, 1, 1, 1},
          {9, 31, 17, 3, 3, 3, 1, 1, 0, 0, 0, 0},
          {12, 12, 8, 16, 1, 1, 1, 1, 0, 0, 0, 0},
          {15, 15, 16, 16, 3, 3, 2, 2, 0, 1, 0, 1},
          {16, 16, 16, 16, 3, 3, 2, 2, 1, 1, 1, 1},
          {16, 12, 32, 48, 1, 1, 2, 2, 0, 0, 0, 0},
          {32, 30, 3, 20, 7, 7, 2, 2, 2, 3, 2, 3},
          {11, 13, 5, 7, 5, 2, 3, 2, 2, 1, 0, 1},
          {7, 7, 40, 33, 3, 3, 1, 1, 1, 1, 1, 1},
          {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
          {4, 4, 2, 1, 4, 4, 1, 1, 0, 0, 0, 0},
          {10, 10, 1, 3, 3, 3, 3, 3, 2, 2, 2, 2}};
}

class Convolution : public testing::TestWithParam<Geometry> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Convolution, testing::ValuesIn(geometries()));

TEST_P(Convolution, Forward) {
  Geometry g = GetParam();
  SpecBuilder b("forward");
  int x = b.input(g.x()), w = b.input(g.w()),
      bias = b.input(f32({g.outChannels}));
  int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
  y = b.op("bias_add", {y, bias}, {g.y()});
  y = b.op("relu", {y}, {g.y()});
  check(b.finish({y}), {1, 3});
}

TEST_P(Convolution, TransposeFilter) {
  Geometry g = GetParam();
  SpecBuilder b("transpose_filter");
  int w = b.input(g.w());
  TensorType result = f32({g.sizeY, g.sizeX, g.outChannels, g.inChannels});
  KernelSpec spec = b.finish({b.op("transpose_filter", {w}, {result})});
  check(spec, 1);
  checkThreads(spec, 1);
}

TEST_P(Convolution, BackwardData) {
  Geometry g = GetParam();
  SpecBuilder b("backward_data");
  int dy = b.input(g.y()), w = b.input(g.w());
  check(b.finish(
            {b.op("conv2d_backward_data", {dy, w}, {g.x()}, g.attributes())}),
        {1, 3});
}

TEST_P(Convolution, BackwardWeights) {
  Geometry g = GetParam();
  SpecBuilder b("backward_weights");
  int x = b.input(g.x()), dy = b.input(g.y());
  check(b.finish({b.op("conv2d_backward_weights", {x, dy}, {g.w()},
                       g.attributes())}),
        {1, 11});
}

TEST_P(Convolution, BackwardWeightsInSlices) {
  KernelSpec spec = slicedWeights(GetParam(), 3);
  for (const Schedule &schedule : strategySchedules(spec, hostIsa()))
    check(spec, {1, 11}, 2e-5, &schedule); // one has less images than slices
  Schedule twice = defaultSchedule(spec, hostIsa());
  twice.parameters["slices"] = 2;
  EXPECT_NE(refusal(spec, twice, hostIsa()).find("slices=2 is outside"),
            std::string::npos);
}

TEST_P(Convolution, WithPooling) {
  Geometry g = GetParam();
  if (g.outHeight() < 2 || g.outWidth() < 2)
    GTEST_SKIP();
  Geometry p{
      g.outHeight(), g.outWidth(), g.outChannels, g.outChannels, 2, 2, 2, 2};
  TensorType index = p.y();
  index.element = ElementType::U8;
  SpecBuilder b("with_pooling");
  int x = b.input(g.x()), w = b.input(g.w()),
      bias = b.input(f32({g.outChannels}));
  int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
  y = b.op("bias_add", {y, bias}, {g.y()});
  y = b.op("relu", {y}, {g.y()});
  // Small integers make sums exact: near ties would choose another position.
  y = b.op("max_pool2d_argmax", {y}, {p.y(), index}, p.poolAttributes());
  KernelSpec spec = b.finish({y, y + 1});
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << error;
  Call call(spec, 2, 5);
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    for (double &value : call.inputs[i].data)
      value = std::round(value * 2);
    Bytes bytes = pack(call.inputs[i]);
    std::copy(bytes.begin(), bytes.end(),
              static_cast<std::byte *>(call.pointers()[i]));
  }
  kernel->run(call.pointers(), 2);
  compare(spec, call, 0);
}

TEST(ConvolutionGroups, PoolingBeforeReluAndDropout) {
  Geometry g{13, 13, 8, 32, 3, 3}, p{11, 11, 32, 32, 3, 3, 2, 2, 1, 1, 1, 1};
  SpecBuilder b("group");
  int x = b.input(g.x()), w = b.input(g.w()), bias = b.input(f32({32}));
  int iteration = b.input(i64({})), seed = b.input(i64({}));
  int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
  y = b.op("bias_add", {y, bias}, {g.y()});
  y = b.op("max_pool2d", {y}, {p.y()}, p.poolAttributes());
  y = b.op("relu", {y}, {p.y()});
  y = b.op("dropout", {y, iteration, seed}, {p.y()},
           {{"rate", 0.4}, {"key", int64_t{9}}});
  check(b.finish({y}), {1, 5});
}

TEST(ConvolutionGroups, ScaleBefore) {
  Geometry g{12, 12, 3, 16, 3, 3, 1, 1, 1, 1, 1, 1};
  SpecBuilder b("scaled");
  int x = b.input(g.x()), w = b.input(g.w());
  int y = b.op("scale", {x}, {g.x()}, {{"scale", 0.5}, {"offset", 2.0}});
  y = b.op("conv2d", {y, w}, {g.y()}, g.attributes());
  check(b.finish({y}), {2});
}

TEST(ConvolutionGroups, BackwardDataWithElementwise) {
  for (int64_t stride : {1, 2}) {
    Geometry g{12, 12, 16, 24, 3, 3, stride, stride, 0, 0, 0, 0};
    SpecBuilder b("group");
    int dy = b.input(g.y()), w = b.input(g.w()), y = b.input(g.x()),
        other = b.input(g.x());
    int iteration = b.input(i64({})), seed = b.input(i64({}));
    int dx = b.op("conv2d_backward_data", {dy, w}, {g.x()}, g.attributes());
    dx = b.op("relu_backward", {dx, y}, {g.x()});
    dx = b.op("add", {dx, other}, {g.x()});
    dx = b.op("dropout", {dx, iteration, seed}, {g.x()},
              {{"rate", 0.25}, {"key", int64_t{3}}});
    dx = b.op("scale", {dx}, {g.x()}, {{"scale", 3.0}});
    check(b.finish({dx}), {1, 4});
  }
}

TEST(ConvolutionGroups, TwoResults) {
  Geometry g{9, 9, 4, 16, 3, 3};
  SpecBuilder b("two");
  int x = b.input(g.x()), w = b.input(g.w());
  int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
  int z = b.op("relu", {y}, {g.y()});
  check(b.finish({z, y}), {2});
}

TEST(ConvolutionGroups, GivenSchedules) {
  Geometry g{13, 13, 8, 32, 3, 3, 1, 1, 1, 1, 1, 1};
  SpecBuilder b("tuned");
  int x = b.input(g.x()), w = b.input(g.w());
  KernelSpec spec = b.finish({b.op("conv2d", {x, w}, {g.y()}, g.attributes())});
  for (const char *text :
       {"direct{channel_vectors=1, columns=4, rows=3, unroll_channels=2, "
        "unroll_window_columns=0, unroll_window_rows=0, parallel_channels=1, "
        "task_rows=6, task_images=1}",
        "direct{channel_vectors=1, columns=13, rows=1, unroll_channels=1, "
        "unroll_window_columns=1, unroll_window_rows=1, parallel_channels=0, "
        "task_rows=13, task_images=2}"}) {
    std::optional<Schedule> schedule = parseSchedule(text);
    ASSERT_TRUE(schedule);
    check(spec, {3}, 2e-5, &*schedule);
  }
}
} // namespace
