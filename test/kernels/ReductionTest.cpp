//===- ReductionTest.cpp - Sums and statistics ---------------------------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
constexpr int64_t n = dynamicBatch;
using Shape = std::vector<int64_t>;

const Shape channelShapes[] = {{n, 26, 26, 32}, {n, 10},    {n, 64},
                               {n, 3, 5, 1},    {n, 17},    {n, 7, 3, 100},
                               {n, 57, 40, 20}, {n, 50, 24}};

TEST(ChannelSums, BiasBackward) {
  for (const Shape &shape : channelShapes) {
    SpecBuilder b("bias");
    int dy = b.input(f32(shape));
    check(b.finish({b.op("bias_backward", {dy}, {f32({shape.back()})})}),
          {1, 7, 32});
  }
}

/// Elementwise work before the reduction, in the same kernel.
TEST(ChannelSums, OfChains) {
  for (const Shape &shape : channelShapes) {
    TensorType t = f32(shape), c = f32({shape.back()});
    SpecBuilder b("bias");
    int dy = b.input(t), y = b.input(t), gate = b.input(c);
    int dx = b.op("relu_backward", {dy, y}, {t});
    dx = b.op("multiply", {dx, gate}, {t});
    check(b.finish({b.op("bias_backward", {dx}, {c})}), {1, 7});
    SpecBuilder d("sums");
    dy = d.input(t), y = d.input(t);
    int x = d.input(t), mean = d.input(c);
    dx = d.op("relu_backward", {dy, y}, {t});
    int s = d.op("batch_norm_sums", {dx, x, mean}, {c, c});
    check(d.finish({s, s + 1}), {1, 7});
  }
}

/// A value that is the same at all places is summed as often as there are.
TEST(Sums, OfWhatIsTheSameEverywhere) {
  for (const Shape &shape :
       {Shape{n, 4, 5, 40}, Shape{n, 3, 7, 6}, Shape{n, 9, 17}}) {
    TensorType t = f32(shape), c = f32({shape.back()});
    Shape pixel(shape.size(), 1);
    pixel.front() = n;
    pixel.back() = shape.back();
    for (const Shape &from : {pixel, Shape{shape.back()}}) {
      SCOPED_TRACE(from.size());
      SpecBuilder b("bias");
      int dy = b.op("broadcast", {b.input(f32(from))}, {t});
      check(b.finish({b.op("bias_backward", {dy}, {c})}), {1, 7});
      SpecBuilder m("moments");
      int x = m.op("broadcast", {m.input(f32(from))}, {t});
      int moments = m.op("batch_moments", {x}, {c, c});
      check(m.finish({moments, moments + 1}), {1, 7});
      SpecBuilder s("sums");
      int same = s.input(f32(from)), mean = s.input(c);
      x = s.op("broadcast", {same}, {t});
      int sums = s.op("batch_norm_sums", {x, x, mean}, {c, c});
      check(s.finish({sums, sums + 1}), {1, 7});
    }
    auto rank = static_cast<int>(shape.size());
    for (int set = 1; set < 1 << rank; ++set) {
      SpecBuilder b("reduce");
      int x = b.op("broadcast", {b.input(f32(Shape(shape.size(), 1)))}, {t});
      Shape axes, result = shape;
      for (int d = 0; d < rank; ++d)
        if (set >> d & 1) {
          axes.push_back(d);
          result[static_cast<size_t>(d)] = 1;
        }
      check(b.finish({b.op("reduce", {x}, {f32(result)},
                           {{"axes", axes},
                            {"function", "sum"},
                            {"keepdims", int64_t{1}}})}),
            {1, 7});
    }
  }
}

TEST(ChannelSums, Schedules) {
  TensorType t = f32({n, 9, 6, 40}), c = f32({40});
  SpecBuilder b("sums");
  int x = b.input(t);
  int m = b.op("batch_moments", {x}, {c, c});
  KernelSpec spec = b.finish({m, m + 1});
  for (int64_t vectors : {1, 2})
    for (int64_t slices : {1, 3, 64})
      for (int64_t rows : {1, 12, 24, 1000}) {
        Schedule schedule{"channels",
                          {{"channel_vectors", vectors},
                           {"channel_tasks", rows == 12},
                           {"slices", slices},
                           {"chunk_rows", rows}}};
        check(spec, std::vector<int64_t>{1, 10}, 2e-5, &schedule);
      }
}

/// All sets of axes, with and without the reduced dimensions in the result.
TEST(Reduce, Axes) {
  for (const Shape &shape : {Shape{n, 6, 5, 40}, Shape{n, 7, 37}, Shape{n, 9},
                             Shape{n, 3, 4, 1}, Shape{n, 12, 3, 197}}) {
    int rank = static_cast<int>(shape.size());
    for (int set = 0; set < 1 << rank; ++set)
      for (int64_t keepdims : {0, 1}) {
        Shape axes, result;
        for (int d = 0; d < rank; ++d) {
          bool reduced = set >> d & 1;
          if (reduced)
            axes.push_back(d % 2 ? d - rank : d);
          if (!reduced || keepdims)
            result.push_back(reduced ? 1 : shape[d]);
        }
        SpecBuilder b("reduce");
        int x = b.input(f32(shape)), gate = b.input(f32({shape.back()}));
        int y = b.op("multiply", {x, gate}, {f32(shape)});
        y = b.op("reduce", {y}, {f32(result)},
                 {{"function", set & 1 ? "sum" : "mean"},
                  {"axes", axes},
                  {"keepdims", keepdims}});
        check(b.finish({b.op("scale", {y}, {f32(result)}, {{"scale", 2.0}})}),
              {1, 5});
      }
  }
}

TEST(Reduce, GlobalPooling) {
  for (const Shape &shape : {Shape{n, 7, 7, 512}, Shape{n, 112, 112, 24}}) {
    SpecBuilder b("pool");
    TensorType t = f32(shape), c = f32({n, shape[3]});
    int x = b.input(t);
    x = b.op("relu", {x}, {t});
    check(b.finish({b.op("reduce", {x}, {c},
                         {{"function", "mean"}, {"axes", list({1, 2})}})}),
          {1, 4});
  }
}

TEST(ChannelSums, VeryManyChannels) {
  for (int64_t channels : {25088, 30001}) {
    TensorType c = f32({channels});
    SpecBuilder b("wide");
    int x = b.input(f32({n, channels})), m = b.op("batch_moments", {x}, {c, c});
    check(b.finish({m, m + 1}), {1, 9});
  }
}

TEST(BatchMoments, Shapes) {
  for (const Shape &shape : channelShapes) {
    TensorType t = f32(shape), c = f32({shape.back()});
    SpecBuilder b("moments");
    int x = b.input(t);
    int m = b.op("batch_moments", {x}, {c, c});
    check(b.finish({m, m + 1}), {1, 7, 32});
    SpecBuilder d("moments_of_sum");
    x = d.input(t);
    int other = d.input(t);
    x = d.op("add", {x, other}, {t});
    m = d.op("batch_moments", {x}, {c, c});
    check(d.finish({m, m + 1}), {3});
  }
}

TEST(BatchMoments, LargeMeans) {
  for (const Shape &shape : channelShapes) {
    TensorType t = f32(shape), c = f32({shape.back()});
    SpecBuilder b("moments");
    int x = b.input(t), m = b.op("batch_moments", {x}, {c, c});
    KernelSpec spec = b.finish({m, m + 1});
    std::string error;
    std::optional<JitKernel> kernel =
        JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
    ASSERT_TRUE(kernel) << error;
    Call call(spec, 32, 5);
    for (double &value : call.inputs[0].data)
      value = static_cast<float>(value + 1000);
    Bytes bytes = pack(call.inputs[0]);
    std::copy(bytes.begin(), bytes.end(),
              static_cast<std::byte *>(call.pointers()[0]));
    kernel->run(call.pointers(), 32);
    std::vector<Tensor> expected = evaluate(spec, call.inputs, 32);
    Tensor mean = call.result(0), variance = call.result(1);
    for (size_t i = 0; i < mean.data.size(); ++i) {
      EXPECT_NEAR(mean.data[i], expected[0].data[i], 2e-4);
      EXPECT_NEAR(variance.data[i], expected[1].data[i],
                  3e-5 * expected[1].data[i]);
    }
  }
}
} // namespace
