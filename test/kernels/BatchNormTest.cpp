//===- BatchNormTest.cpp - Batch normalisation ---------------------------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
constexpr int64_t n = dynamicBatch;

TEST(BatchNorm, Forward) {
  for (int64_t channels : {1, 6, 32, 65}) {
    TensorType t = f32({n, 5, 7, channels}), c = f32({channels});
    SpecBuilder b("normalize");
    int x = b.input(t), mean = b.input(c), variance = b.input(c),
        gamma = b.input(c), beta = b.input(c), other = b.input(t);
    variance = b.op("relu", {variance}, {c});
    int scale =
        b.op("batch_norm_scale", {gamma, variance}, {c}, {{"epsilon", 1e-2}});
    int y = b.op("normalize", {x, mean, scale, beta}, {t});
    y = b.op("add", {y, other}, {t});
    check(b.finish({b.op("relu", {y}, {t})}), {1, 5});
  }
}

TEST(BatchNorm, FactorsAndBackward) {
  for (int64_t channels : {1, 6, 32, 65}) {
    TensorType t = f32({n, 5, 7, channels}), c = f32({channels});
    SpecBuilder b("factors");
    int s = b.input(c), u = b.input(c), scale = b.input(c),
        variance = b.input(c);
    variance = b.op("relu", {variance}, {c});
    int f = b.op("batch_norm_factors", {s, u, scale, variance}, {c, c, c},
                 {{"epsilon", 1e-2}, {"positions", int64_t{35}}});
    check(b.finish({f, f + 1, f + 2}), {1, 5});
    SpecBuilder d("backward");
    int dy = d.input(t), x = d.input(t), mean = d.input(c), r = d.input(c),
        slope = d.input(c), offset = d.input(c);
    check(d.finish({d.op("normalize_backward", {dy, x, mean, r, slope, offset},
                         {t})}),
          {1, 5});
  }
}

TEST(BatchNorm, ScaleAndMovingAverage) {
  for (int64_t channels : {1, 64, 1000}) {
    TensorType c = f32({channels});
    SpecBuilder b("average");
    int average = b.input(c), value = b.input(c);
    check(b.finish({b.op("moving_average", {average, value}, {c},
                         {{"momentum", 0.99}})},
                   {average}),
          {1});
  }
}
} // namespace
