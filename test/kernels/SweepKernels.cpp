//===- SweepKernels.cpp - Kernels of unusual extents ---------------------===//

#include "test/kernels/SweepKernels.h"

#include <functional>

namespace lathe::kernels {

static constexpr int64_t n = dynamicBatch;

namespace {
class Sweep {
public:
  explicit Sweep(bool all) : all(all) {}

  std::vector<KernelSpec> kernels;

  void windows() {
    for (auto [height, width] : extents({{2, 2},
                                         {3, 3},
                                         {5, 5},
                                         {4, 4},
                                         {7, 7},
                                         {16, 16},
                                         {1, 17},
                                         {17, 1},
                                         {32, 32},
                                         {1, 301},
                                         {61, 64}}))
      for (int64_t stride : values({1, 2, 3, 7, 32}))
        for (int64_t channels : values({1, 3, 24, 64})) {
          Geometry g{3 * height + 5, 2 * width + 9, channels, channels,
                     height,         width,         stride,   stride};
          pooling(g);
          convolution(g);
        }
  }

  void dilationsAndGroups() {
    for (int64_t dilation : values({2, 3, 10, 50}))
      for (int64_t stride : values({1, 2, 5}))
        for (int64_t groups : values({1, 2, 8, 32, 96})) {
          int64_t channels = 96;
          Geometry g{dilation * 3 + 20,
                     dilation * 2 + 21,
                     channels,
                     channels,
                     3,
                     3,
                     stride,
                     stride};
          g.dilationY = g.dilationX = dilation;
          g.groups = groups;
          convolution(g);
        }
    for (auto [height, width] : extents({{9, 9}, {1, 31}, {31, 31}})) {
      Geometry g{70, 72, 48, 48, height, width};
      g.groups = 48;
      convolution(g);
    }
  }

  void rows() {
    for (int64_t length : values({1, 7, 1000, 30000, 1000003}))
      for (const char *function : {"sum", "mean"})
        add("reduce", {f32({n, 3, length})}, {f32({n, 3})},
            {{"function", std::string(function)}, {"axes", list({2})}});
    for (int64_t length : values({1, 7, 1000, 30000})) {
      TensorType t = f32({n, 5, length});
      add("softmax", {t}, {t});
      add("softmax_backward", {t, t}, {t});
      Attributes last = {{"axes", list({2})}, {"epsilon", 1e-3}};
      add("standardize", {t}, {t}, last);
      add("standardize_backward", {t, t}, {t}, last);
      add("bias_backward", {t}, {f32({length})});
      add("batch_moments", {t}, {f32({length}), f32({length})});
      TensorType u = f32({n, length, 5});
      add("reduce", {u}, {f32({n, 5})},
          {{"function", std::string("sum")}, {"axes", list({1})}});
      add("transpose", {t}, {u}, {{"permutation", list({0, 2, 1})}});
    }
  }

  void products() {
    for (int64_t depth : values({1, 3, 100, 4097}))
      for (int64_t columns : values({1, 10, 1000, 30011})) {
        TensorType x = f32({n, depth}), w = f32({depth, columns}),
                   y = f32({n, columns});
        add("dense", {x, w}, {y});
        add("dense_backward_data", {y, w}, {x});
        add("dense_backward_weights", {x, y}, {w});
        add("matmul", {f32({n, 2, 50, depth}), f32({n, 2, depth, columns})},
            {f32({n, 2, 50, columns})},
            {{"transpose_a", int64_t{0}}, {"transpose_b", int64_t{0}}});
      }
  }

  void images() {
    for (auto [height, width] :
         extents({{1, 1}, {7, 9}, {128, 128}, {640, 3}, {2, 1000}}))
      for (const char *kind : {"nearest", "bilinear"}) {
        TensorType small = f32({n, 8, 9, 16}),
                   large = f32({n, height, width, 16});
        Attributes attributes = {{"interpolation", std::string(kind)}};
        add("resize", {small}, {large}, attributes);
        add("resize_backward", {large}, {small}, attributes);
        add("resize", {large}, {small}, attributes);
        add("resize_backward", {small}, {large}, attributes);
      }
    for (int64_t axis : values({1, 2}))
      for (int64_t extent : values({1, 7, 128, 1000})) {
        TensorType small = f32({n, 8, 9, 16}), other = small;
        other.shape[size_t(axis)] = extent;
        Attributes attributes = {{"axis", axis},
                                 {"filter", std::string("lanczos3")},
                                 {"antialias", int64_t{1}}};
        add("resample", {small}, {other}, attributes);
        add("resample_backward", {other}, {small}, attributes);
        add("resample", {other}, {small}, attributes);
        add("resample_backward", {small}, {other}, attributes);
      }
    for (int64_t parts : values({2, 16, 64}))
      add("concatenate",
          std::vector<TensorType>(size_t(parts), f32({n, 7, 7, 12})),
          {f32({n, 7, 7, 12 * parts})}, {{"axis", int64_t{3}}});
    for (int64_t classes : values({2, 100, 1000})) {
      std::vector<double> weights;
      for (int64_t i = 0; i < classes; ++i)
        weights.push_back(1 + double(i) / 7);
      SpecBuilder b("constant");
      int x = b.input(f32({n, classes}));
      int c = b.op("constant", {}, {f32({classes})}, {{"value", weights}});
      kernels.push_back(
          b.finish({b.op("multiply", {x, c}, {f32({n, classes})})}));
    }
  }

  void dilatedPooling() {
    for (int64_t size : values({3, 8, 24, 32}))
      for (int64_t dilation : values({2, 3, 10}))
        for (int64_t stride : values({1, 2}))
          for (int64_t channels : values({1, 24})) {
            int64_t extent = (size - 1) * dilation + 9;
            Geometry g{extent, extent + 2, channels, channels,
                       size,   size,       stride,   stride};
            g.dilationY = g.dilationX = dilation;
            pooling(g);
          }
  }

  void axes() {
    for (int64_t length : values({1, 7, 1000, 30000}))
      for (const char *function : {"maximum", "sum"}) {
        Attributes attributes = {{"function", std::string(function)}};
        for (const auto &[x, y] : {std::pair{f32({n, length, 1}), f32({n, 1})},
                                   std::pair{f32({n, length, 5}), f32({n, 5})}})
          add("axis_reduce", {x}, {y}, attributes);
      }
  }

  void blurs() {
    for (int64_t radius : values({1, 5, 20, 60}))
      for (const char *fill : {"constant", "reflect"})
        add("blur", {f32({n, 96, 128, 3}), f32({n, 2 * radius + 2})},
            {f32({n, 96, 128, 3})},
            {{"fill_mode", std::string(fill)},
             {"radii", list({radius, radius})},
             {"at", int64_t{0}}});
  }

private:
  template <typename T>
  std::vector<T> some(std::vector<T> list) const {
    return all ? list : std::vector<T>{list.front(), list.back()};
  }
  std::vector<int64_t> values(std::vector<int64_t> list) const {
    return some(std::move(list));
  }
  std::vector<std::pair<int64_t, int64_t>>
  extents(std::vector<std::pair<int64_t, int64_t>> list) const {
    return some(std::move(list));
  }

  void add(const std::string &op, const std::vector<TensorType> &inputs,
           const std::vector<TensorType> &results, Attributes attributes = {}) {
    SpecBuilder b(op);
    std::vector<int> operands, values;
    for (const TensorType &input : inputs)
      operands.push_back(b.input(input));
    int first = b.op(op, operands, results, std::move(attributes));
    for (size_t i = 0; i < results.size(); ++i)
      values.push_back(first + int(i));
    kernels.push_back(b.finish(values));
  }

  void pooling(const Geometry &g) {
    bool wide = g.sizeY * g.sizeX > 256;
    TensorType places = wide ? i32(g.y().shape) : u8(g.y().shape);
    Attributes attributes = g.poolAttributes();
    add("max_pool2d", {g.x()}, {g.y()}, attributes);
    add("max_pool2d_argmax", {g.x()}, {g.y(), places}, attributes);
    add("max_pool2d_backward", {g.y(), places}, {g.x()}, attributes);
    add("avg_pool2d", {g.x()}, {g.y()}, attributes);
    add("avg_pool2d_backward", {g.y()}, {g.x()}, attributes);
  }

  void convolution(const Geometry &g) {
    Attributes attributes = g.attributes();
    add("conv2d", {g.x(), g.w()}, {g.y()}, attributes);
    add("conv2d_backward_data", {g.y(), g.w()}, {g.x()}, attributes);
    add("conv2d_backward_weights", {g.x(), g.y()}, {g.w()}, attributes);
    if (g.groups > 1 || g.dilationX > 1)
      return;
    // With a pooling behind it, in the same kernel.
    Geometry p{g.outHeight(),
               g.outWidth(),
               g.outChannels,
               g.outChannels,
               std::min<int64_t>(g.sizeY, g.outHeight()),
               std::min<int64_t>(g.sizeX, g.outWidth()),
               2,
               2};
    if (p.sizeY * p.sizeX > 64)
      return; // kernels of their own
    SpecBuilder b("conv_pool");
    int x = b.input(g.x()), w = b.input(g.w());
    int y = b.op("conv2d", {x, w}, {g.y()}, attributes);
    kernels.push_back(
        b.finish({b.op("max_pool2d", {y}, {p.y()}, p.poolAttributes())}));
  }

  bool all;
};
} // namespace

std::vector<KernelSpec> sweepKernels(bool all) {
  Sweep sweep(all);
  sweep.windows();
  sweep.dilationsAndGroups();
  sweep.rows();
  sweep.products();
  sweep.images();
  sweep.dilatedPooling();
  sweep.axes();
  sweep.blurs();
  return std::move(sweep.kernels);
}

} // namespace lathe::kernels
