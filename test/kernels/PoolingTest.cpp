//===- PoolingTest.cpp - Average pooling and large windows ---------------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
/// Windows that touch, overlap or leave gaps, with and without padding.
std::vector<Geometry> geometries() {
  return {Geometry{8, 6, 0, 0, 2, 2, 2, 2},
          Geometry{11, 9, 0, 0, 3, 3, 2, 2, 1, 1, 1, 1},
          Geometry{12, 9, 0, 0, 3, 3, 2, 2, 0, 1, 1, 0},
          Geometry{7, 8, 0, 0, 3, 2, 1, 1, 1, 1, 0, 1},
          Geometry{7, 10, 0, 0, 2, 2, 3, 3},
          Geometry{9, 9, 0, 0, 5, 5, 1, 1, 2, 2, 2, 2},
          Geometry{7, 7, 0, 0, 7, 7, 7, 7}};
}

TEST(AveragePooling, ForwardAndBackward) {
  for (int64_t channels : {1, 3, 17, 64})
    for (Geometry g : geometries())
      for (int64_t all : {0, 1}) {
        g.inChannels = g.outChannels = channels;
        Attributes attributes = g.poolAttributes();
        if (all)
          attributes["count_include_pad"] = int64_t{1};
        SpecBuilder b("pool"), c("pool_backward");
        int x = b.input(g.x()), bias = b.input(f32({channels}));
        int y = b.op("avg_pool2d", {x}, {g.y()}, attributes);
        y = b.op("bias_add", {y, bias}, {g.y()});
        check(b.finish({b.op("relu", {y}, {g.y()})}), {1, 3});
        int dy = c.input(g.y()), after = c.input(g.x());
        int dx = c.op("avg_pool2d_backward", {dy}, {g.x()}, attributes);
        check(c.finish({c.op("relu_backward", {dx, after}, {g.x()})}), {1, 3});
      }
}

/// Windows whose positions do not fit in eight bits, or fit but are too many to
/// write down one by one.
TEST(MaxPooling, LargeWindows) {
  for (int64_t channels : {1, 3, 17, 32})
    for (Geometry g : {Geometry{35, 35, 0, 0, 35, 35, 35, 35},
                       Geometry{7, 7, 0, 0, 7, 7, 1, 1},
                       Geometry{20, 19, 0, 0, 17, 16, 2, 1, 1, 0, 0, 1},
                       Geometry{10, 11, 0, 0, 5, 5, 2, 2, 1, 2, 2, 2}}) {
      g.inChannels = g.outChannels = channels;
      bool wide = g.sizeY * g.sizeX > 256;
      TensorType index = wide ? i32(g.y().shape) : u8(g.y().shape);
      SpecBuilder b("pool"), c("pool_backward"), d("pool_forward");
      int x = b.input(g.x());
      int y =
          b.op("max_pool2d_argmax", {x}, {g.y(), index}, g.poolAttributes());
      check(b.finish({b.op("relu", {y}, {g.y()}), y + 1}), {1, 3});
      int dy = c.input(g.y()), argmax = c.input(index);
      check(c.finish({c.op("max_pool2d_backward", {dy, argmax}, {g.x()},
                           g.poolAttributes())}),
            {1, 3}, 2e-5, nullptr, g.sizeY * g.sizeX);
      x = d.input(g.x());
      check(d.finish({d.op("max_pool2d", {x}, {g.y()}, g.poolAttributes())}),
            {2});
    }
}

/// The stem of residual networks.
TEST(MaxPooling, OverlappingWithPadding) {
  for (int64_t channels : {1, 3, 17, 64})
    for (Geometry g : {Geometry{16, 17, 0, 0, 3, 3, 2, 2, 1, 1, 1, 1},
                       Geometry{16, 18, 0, 0, 3, 3, 2, 2, 0, 1, 0, 1},
                       Geometry{11, 13, 0, 0, 3, 3, 1, 1, 1, 1, 1, 1}}) {
      g.inChannels = g.outChannels = channels;
      SpecBuilder b("pool"), c("pool_backward");
      int x = b.input(g.x());
      int y = b.op("max_pool2d_argmax", {x}, {g.y(), u8(g.y().shape)},
                   g.poolAttributes());
      check(b.finish({y, y + 1}), {1, 3});
      int dy = c.input(g.y()), argmax = c.input(u8(g.y().shape));
      check(c.finish({c.op("max_pool2d_backward", {dy, argmax}, {g.x()},
                           g.poolAttributes())}),
            {1, 3}, 2e-5, nullptr, 9);
    }
}

TEST(Pooling, ThreadsDoNotChangeResults) {
  Geometry g{57, 56, 64, 64, 3, 3, 2, 2, 1, 1, 1, 1};
  SpecBuilder b("pool"), c("pool_backward"), d("average");
  int x = b.input(g.x());
  checkThreads(b.finish({b.op("avg_pool2d", {x}, {g.y()}, g.poolAttributes())}),
               3);
  int dy = c.input(g.y()), argmax = c.input(u8(g.y().shape));
  checkThreads(c.finish({c.op("max_pool2d_backward", {dy, argmax}, {g.x()},
                              g.poolAttributes())}),
               3, 9);
  dy = d.input(g.y());
  checkThreads(d.finish({d.op("avg_pool2d_backward", {dy}, {g.x()},
                              g.poolAttributes())}),
               3);
}
} // namespace
