//===- ShapingTest.cpp - pad, transpose, concatenate, resize -------------===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

#include <algorithm>
#include <array>
#include <numeric>

using namespace lathe::kernels;

namespace lathe::kernels {

std::vector<KernelSpec> typicalShaping() {
  std::vector<KernelSpec> all;
  Geometry g{14, 15, 20, 20, 3, 3, 2, 2, 1, 1, 1, 1},
      whole{18, 18, 20, 20, 18, 18, 18, 18};
  {
    SpecBuilder b("average"), c("average_backward"), d("global_max");
    int x = b.input(g.x());
    all.push_back(
        b.finish({b.op("avg_pool2d", {x}, {g.y()}, g.poolAttributes())}));
    int dy = c.input(g.y());
    all.push_back(c.finish(
        {c.op("avg_pool2d_backward", {dy}, {g.x()}, g.poolAttributes())}));
    x = d.input(whole.x());
    int y = d.op("max_pool2d_argmax", {x}, {whole.y(), i32(whole.y().shape)},
                 whole.poolAttributes());
    all.push_back(d.finish({y, y + 1}));
  }
  TensorType t = f32({dynamicBatch, 14, 15, 20});
  {
    TensorType padded = f32({dynamicBatch, 16, 14, 20}),
               swapped = f32({dynamicBatch, 15, 20, 14}),
               joined = f32({dynamicBatch, 14, 15, 40});
    SpecBuilder b("padding"), c("transposition"), d("concatenation");
    int x = b.input(t);
    all.push_back(b.finish(
        {b.op("pad", {x}, {padded},
              {{"low", list({0, 1, -1, 0})}, {"high", list({0, 1, 0, 0})}})}));
    x = c.input(t);
    all.push_back(c.finish({c.op("transpose", {x}, {swapped},
                                 {{"permutation", list({0, 2, 3, 1})}})}));
    x = d.input(t);
    int y = d.input(t);
    all.push_back(d.finish(
        {d.op("concatenate", {x, y}, {joined}, {{"axis", int64_t{-1}}})}));
  }
  {
    TensorType large = f32({dynamicBatch, 28, 30, 20});
    SpecBuilder b("resize"), c("resize_backward");
    Attributes bilinear = {{"interpolation", std::string("bilinear")}};
    int x = b.input(t);
    all.push_back(b.finish({b.op("resize", {x}, {large}, bilinear)}));
    int dy = c.input(large);
    all.push_back(c.finish({c.op("resize_backward", {dy}, {t}, bilinear)}));
  }
  {
    TensorType table = f32({27 * 27, 8}), bias = f32({8, 196, 196});
    SpecBuilder b("relative_bias"), c("relative_bias_backward");
    Attributes size = {{"size", list({14, 14})}};
    all.push_back(
        b.finish({b.op("relative_bias", {b.input(table)}, {bias}, size)}));
    all.push_back(c.finish(
        {c.op("relative_bias_backward", {c.input(bias)}, {table}, size)}));
  }
  return all;
}

} // namespace lathe::kernels

namespace {
KernelSpec padding(const std::vector<int64_t> &shape,
                   const std::vector<int64_t> &low,
                   const std::vector<int64_t> &high) {
  TensorType in = f32({dynamicBatch}), out = in;
  for (size_t d = 0; d < shape.size(); ++d) {
    in.shape.push_back(shape[d]);
    out.shape.push_back(shape[d] + low[d + 1] + high[d + 1]);
  }
  SpecBuilder b("pad");
  int x = b.input(in);
  int y = b.op("relu", {x}, {in});
  y = b.op("pad", {y}, {out}, {{"low", low}, {"high", high}});
  return b.finish({b.op("scale", {y}, {out}, {{"scale", 2.0}})});
}

TEST(Pad, AddsAndCuts) {
  for (int64_t channels : {1, 3, 17, 64}) {
    check(padding({7, 6, channels}, {0, 1, 2, 0}, {0, 1, 0, 0}), {1, 3});
    check(padding({7, 6, channels}, {0, 0, 1, 3}, {0, 0, 0, 2}), {1, 3});
    check(padding({7, 6, channels}, {0, -1, 2, 0}, {0, 3, -3, 0}), {1, 3});
    check(padding({5, channels}, {0, 1, 0}, {0, 0, 1}), {1, 3});
    check(padding({channels}, {0, 1}, {0, 4}), {1, 3});
  }
  check(padding({7, 6, 20}, {0, 0, 0, -3}, {0, 0, 0, -1}), {2});
  check(padding({112, 113, 32}, {0, 1, 0, 0}, {0, 1, 1, 0}), {2});
}

KernelSpec transposition(const std::vector<int64_t> &shape,
                         const std::vector<int64_t> &permutation) {
  TensorType in = f32({dynamicBatch}), out = in;
  in.shape.insert(in.shape.end(), shape.begin(), shape.end());
  for (size_t d = 1; d < permutation.size(); ++d)
    out.shape.push_back(in.shape[permutation[d]]);
  SpecBuilder b("transpose");
  int x = b.input(in);
  int y = b.op("transpose", {x}, {out}, {{"permutation", permutation}});
  return b.finish({b.op("relu", {y}, {out})});
}

TEST(Transpose, AllPermutations) {
  check(transposition({17}, {0, 1}), {1, 3});
  for (int64_t channels : {1, 3, 17, 64}) {
    check(transposition({49, channels}, {0, 2, 1}), {1, 3});
    check(transposition({channels, 49}, {0, 2, 1}), {1, 3});
    check(transposition({5, channels}, {0, 1, 2}), {1, 3});
    std::vector<int64_t> order = {1, 2, 3};
    do
      check(transposition({5, 21, channels}, {0, order[0], order[1], order[2]}),
            {1, 3});
    while (std::next_permutation(order.begin(), order.end()));
  }
  check(transposition({197, 3, 64}, {0, 2, 1, 3}), {2});
  check(transposition({197, 384}, {0, 2, 1}), {3});
}

KernelSpec concatenation(std::vector<int64_t> shape, int64_t axis,
                         const std::vector<int64_t> &sizes) {
  shape.insert(shape.begin(), dynamicBatch);
  size_t at = axis < 0 ? shape.size() + axis : axis;
  SpecBuilder b("concatenate");
  std::vector<int> parts;
  for (int64_t size : sizes) {
    shape[at] = size;
    parts.push_back(b.input(f32(shape)));
  }
  // What comes before the first part and what comes after.
  TensorType first = b.spec.inputs[0];
  parts[0] = b.op("relu", {parts[0]}, {first});
  shape[at] = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  int y = b.op("concatenate", parts, {f32(shape)}, {{"axis", axis}});
  return b.finish({b.op("scale", {y}, {f32(shape)}, {{"scale", 3.0}})});
}

TEST(Concatenate, AnyAxis) {
  for (const std::vector<int64_t> &sizes :
       {std::vector<int64_t>{1, 1}, {3, 17}, {64, 32, 32}, {33, 1, 48, 16}}) {
    check(concatenation({7, 6, 0}, -1, sizes), {1, 3});
    check(concatenation({7, 0}, 2, sizes), {1, 3});
    check(concatenation({0}, 1, sizes), {1, 3});
    check(concatenation({0, 5}, 1, sizes), {1, 3});
    check(concatenation({0, 3, 20}, 1, sizes), {1, 3});
    check(concatenation({5, 0, 3}, 2, sizes), {1, 3});
  }
  check(concatenation({3, 3, 0}, 3, std::vector<int64_t>(18, 12)), {2});
  check(concatenation({0, 192}, 1, {1, 196}), {2});
  check(concatenation({28, 28, 0}, -1, {256, 32}), {2});
}

TEST(Concatenate, BesidesAnAnchor) {
  TensorType half = f32({dynamicBatch, 6, 7, 8}),
             whole = f32({dynamicBatch, 6, 7, 16});
  Geometry g{6, 7, 16, 16, 2, 2, 2, 2};
  SpecBuilder b("concatenate_pool");
  int x = b.input(half), y = b.input(half);
  int z = b.op("concatenate", {x, y}, {whole}, {{"axis", int64_t{3}}});
  check(b.finish({b.op("max_pool2d", {z}, {g.y()}, g.poolAttributes())}),
        {1, 3});
}

std::pair<KernelSpec, KernelSpec> resizing(const std::string &interpolation,
                                           int64_t h, int64_t w, int64_t h2,
                                           int64_t w2, int64_t channels) {
  TensorType in = f32({dynamicBatch, h, w, channels}),
             out = f32({dynamicBatch, h2, w2, channels});
  Attributes attributes = {{"interpolation", interpolation}};
  SpecBuilder b("resize"), c("resize_backward");
  int x = b.input(in), dy = c.input(out);
  int y = b.op("resize", {x}, {out}, attributes);
  int dx = c.op("resize_backward", {dy}, {in}, attributes);
  return {b.finish({b.op("relu", {y}, {out})}),
          c.finish({c.op("scale", {dx}, {in}, {{"scale", 0.5}})})};
}

KernelSpec relativeBias(int64_t height, int64_t width, int64_t heads,
                        bool backward) {
  TensorType table = f32({(2 * height - 1) * (2 * width - 1), heads}),
             bias = f32({heads, height * width, height * width});
  Attributes attributes = {{"size", list({height, width})}};
  SpecBuilder b(backward ? "relative_bias_backward" : "relative_bias");
  int x = b.input(backward ? bias : table);
  return b.finish(
      {b.op(b.spec.name, {x}, {backward ? table : bias}, attributes)});
}

TEST(RelativeBias, ForwardAndBackward) {
  for (bool backward : {false, true}) {
    check(relativeBias(1, 1, 1, backward), {1});
    check(relativeBias(3, 5, 3, backward), {1});
    check(relativeBias(7, 7, 17, backward), {1});
  }
}

TEST(Resize, ForwardAndBackward) {
  for (std::string interpolation : {"nearest", "bilinear"})
    for (int64_t channels : {1, 3, 17, 64})
      for (auto [h, w, h2, w2] :
           std::vector<std::array<int64_t, 4>>{{7, 7, 14, 14},
                                               {7, 5, 21, 5},
                                               {5, 6, 7, 13},
                                               {13, 7, 5, 6},
                                               {1, 3, 4, 1},
                                               {9, 9, 2, 3},
                                               {4, 4, 4, 4}}) {
        auto [forward, backward] =
            resizing(interpolation, h, w, h2, w2, channels);
        check(forward, {1, 3});
        check(backward, {1, 3});
      }
}

TEST(Shaping, ThreadsDoNotChangeResults) {
  checkThreads(padding({57, 56, 64}, {0, 1, 1, 0}, {0, 1, 1, 0}), 3);
  checkThreads(transposition({197, 192}, {0, 2, 1}), 3);
  checkThreads(concatenation({28, 28, 0}, -1, {100, 32, 5}), 3);
  auto [forward, backward] = resizing("bilinear", 28, 28, 56, 57, 32);
  checkThreads(forward, 3);
  checkThreads(backward, 3);
}
} // namespace
