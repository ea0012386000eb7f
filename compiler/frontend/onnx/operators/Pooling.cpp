//===- Pooling.cpp - Pooling, and reductions of whole images --------------===//
#include "compiler/frontend/onnx/Operators.h"
#include "compiler/frontend/onnx/Windows.h"
#include <limits>

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

namespace {
/// The input as an image, and the windows over it.
struct Pool {
  Emitter &emit;
  Tensor image;
  Windows windows;
  int64_t rank;

  Pool(Node &node)
      : emit(node.emit), image(emit.toImage(node.in(0))),
        windows(readWindows(node, node.in(0).shape().drop_front(2), {}, true)),
        rank(node.in(0).rank()) {
    if (!image.isFloat())
      throw Refusal("pooling is of float32 alone");
  }

  DenseI64ArrayAttr attr(ArrayRef<int64_t> list) {
    return emit.getBuilder().getDenseI64ArrayAttr(list);
  }

  Tensor average(const Tensor &x, bool countPadding) {
    return emit.create<nn::AvgPool2DOp>(
        emit.operand(x), attr(windows.size), attr(windows.strides),
        attr(windows.padding), StringAttr(),
        emit.getBuilder().getBoolAttr(countPadding));
  }

  /// The elements of all windows that have one place, `value` outside of the
  /// image: for windows with holes, place by place.
  Tensor place(const Tensor &padded, int64_t row, int64_t column) {
    auto along = [&](const Tensor &x, unsigned axis, int64_t at) {
      SmallVector<int64_t> numbers;
      for (int64_t i = 0; i < windows.output[axis]; ++i)
        numbers.push_back(i * windows.strides[axis] +
                          at * windows.dilations[axis]);
      return emit.gather(x, axis + 1, numbers);
    };
    return along(along(padded, 0, row), 1, column);
  }

  template <typename Combine>
  Tensor combine(const Tensor &padded, Combine combine) {
    Tensor result;
    for (int64_t row = 0; row < windows.size[0]; ++row)
      for (int64_t column = 0; column < windows.size[1]; ++column) {
        Tensor next = place(padded, row, column);
        result = result ? combine(result, next) : next;
      }
    return result;
  }

  Tensor padded(const Tensor &x) {
    const auto &p = windows.padding;
    if (!windows.isPadded())
      return x;
    return emit.pad(x, {0, p[0], p[2], 0}, {0, p[1], p[3], 0});
  }

  /// For each window, how many of its elements lie in the image, or where
  /// padding counts, in its padding too, but not in what rounding adds.
  Tensor counts(bool countPadding) {
    SmallVector<double> perAxis[2];
    for (unsigned axis = 0; axis < 2; ++axis) {
      int64_t low = windows.padding[2 * axis];
      int64_t begin = countPadding ? 0 : low;
      int64_t end =
          low + image.shape()[axis + 1] +
          (countPadding ? windows.padding[2 * axis + 1] - windows.rounding[axis]
                        : 0);
      for (int64_t i = 0; i < windows.output[axis]; ++i) {
        int64_t count = 0;
        for (int64_t k = 0; k < windows.size[axis]; ++k) {
          int64_t at = i * windows.strides[axis] + k * windows.dilations[axis];
          count += at >= begin && at < end;
        }
        perAxis[axis].push_back(double(std::max<int64_t>(count, 1)));
      }
    }
    SmallVector<double> products;
    for (double rows : perAxis[0])
      for (double columns : perAxis[1])
        products.push_back(rows * columns);
    return emit.floats({1, windows.output[0], windows.output[1], 1}, products);
  }

  Tensor result(const Tensor &y) { return emit.fromImage(y, rank); }
};

constexpr double lowest = std::numeric_limits<float>::lowest();
} // namespace

/// The place of the largest element in the whole input, counted as the graph
/// has its dimensions.
static Tensor flatPlaces(Pool &pool, const Tensor &argmax, bool columnMajor) {
  Emitter &emit = pool.emit;
  const Windows &w = pool.windows;
  ArrayRef<int64_t> image = pool.image.shape();
  if (pool.image.isBatched())
    throw MixesBatch("places count the samples of the batch");
  auto shaped = [&](ArrayRef<int64_t> list, unsigned axis) {
    Shape shape(4, 1);
    shape[axis] = int64_t(list.size());
    return emit.reshape(emit.vector(list), shape);
  };
  auto origins = [&](unsigned axis) {
    SmallVector<int64_t> list;
    for (int64_t i = 0; i < w.output[axis]; ++i)
      list.push_back(i * w.strides[axis] - w.padding[2 * axis]);
    return shaped(list, axis + 1);
  };
  Tensor place = emit.cast(argmax, emit.i64());
  Tensor columns = emit.scalar(double(w.size[1]), emit.i64());
  Tensor row = emit.divide(place, columns);
  Tensor column = emit.subtract(place, emit.multiply(row, columns));
  row = emit.add(row, origins(0));
  column = emit.add(column, origins(1));
  if (columnMajor)
    std::swap(row, column);
  int64_t inner = columnMajor ? image[1] : image[2];
  Tensor flat = emit.add(
      emit.multiply(row, emit.scalar(double(inner), emit.i64())), column);
  SmallVector<int64_t> channels, samples;
  for (int64_t c = 0; c < image[3]; ++c)
    channels.push_back(c * image[1] * image[2]);
  for (int64_t n = 0; n < image[0]; ++n)
    samples.push_back(n * image[1] * image[2] * image[3]);
  flat = emit.add(flat, shaped(channels, 3));
  return emit.add(flat, shaped(samples, 0));
}

static void buildMaxPool(Node &node) {
  Pool pool(node);
  Emitter &emit = pool.emit;
  if (!pool.windows.isDilated()) {
    const Windows &w = pool.windows;
    if (!node.wants(1)) {
      node.out(pool.result(emit.create<nn::MaxPool2DOp>(
          emit.operand(pool.image), pool.attr(w.size), pool.attr(w.strides),
          pool.attr(w.padding), StringAttr())));
      return;
    }
    ArrayRef<int64_t> image = pool.image.shape();
    auto type = RankedTensorType::get(
        {image[0], w.output[0], w.output[1], image[3]}, emit.f32());
    Type places = w.size[0] * w.size[1] <= 256 ? emit.truth() : emit.i32();
    auto op = nn::MaxPool2DArgmaxOp::create(
        emit.getBuilder(), emit.getLoc(), type, type.clone(places),
        emit.operand(pool.image), pool.attr(w.size), pool.attr(w.strides),
        pool.attr(w.padding));
    node.out(pool.result({{}, op.getOutput(), ""}));
    node.out(pool.result(flatPlaces(pool, {{}, op.getArgmax(), ""},
                                    node.integer("storage_order", 0))),
             1);
    return;
  }
  if (node.wants(1))
    throw Refusal("places of windows with dilations are not supported");
  Tensor x = pool.image;
  if (pool.windows.isPadded()) {
    // Outside of the image nothing wins: there it is the least number.
    Tensor outside = emit.filled(1, x.shape().drop_front(), emit.f32());
    outside =
        emit.reshape(outside, {1, x.shape()[1], x.shape()[2], x.shape()[3]});
    outside = pool.padded({nullptr, emit.operand(outside), ""});
    outside = emit.scale(outside, -lowest, lowest);
    x = emit.add(pool.padded(x), outside);
  }
  node.out(pool.result(pool.combine(x, [&](const Tensor &a, const Tensor &b) {
    return emit.maximum(a, b);
  })));
}

static Tensor average(Pool &pool, const Tensor &x, bool countPadding) {
  bool counted =
      countPadding && (pool.windows.rounding[0] || pool.windows.rounding[1]);
  if (!pool.windows.isDilated() && !counted)
    return pool.average(x, countPadding);
  Tensor sum =
      pool.combine(pool.padded(x), [&](const Tensor &a, const Tensor &b) {
        return pool.emit.add(a, b);
      });
  return pool.emit.divide(sum, pool.counts(countPadding));
}

static void buildAveragePool(Node &node) {
  Pool pool(node);
  node.out(pool.result(
      average(pool, pool.image, node.integer("count_include_pad", 0))));
}

static Tensor absolutePower(Emitter &emit, const Tensor &x, int64_t p) {
  Tensor positive = emit.math("abs", x);
  if (p == 1)
    return positive;
  if (p == 2)
    return emit.multiply(x, x);
  return emit.combine("power", positive, emit.scalar(double(p)));
}

static Tensor root(Emitter &emit, const Tensor &x, int64_t p) {
  if (p == 1)
    return x;
  return p == 2 ? emit.math("sqrt", x)
                : emit.combine("power", x, emit.scalar(1 / double(p)));
}

/// (Σ |x|^p)^(1/p): the mean that counts all places, times their number.
static void buildLpPool(Node &node) {
  Pool pool(node);
  Emitter &emit = node.emit;
  int64_t p = node.integer("p", 2);
  if (p < 1)
    throw Refusal("p is " + std::to_string(p));
  Tensor powers = absolutePower(emit, pool.image, p);
  Tensor sum;
  if (pool.windows.isDilated())
    sum = pool.combine(
        pool.padded(powers),
        [&](const Tensor &a, const Tensor &b) { return emit.add(a, b); });
  else
    sum = emit.scale(pool.average(powers, true),
                     double(pool.windows.size[0] * pool.windows.size[1]));
  node.out(pool.result(root(emit, sum, p)));
}

//===- Whole images -------------------------------------------------------===//

/// All axes but those of batch and channels.
static SmallVector<int64_t> spatialAxes(const Node &node) {
  if (node.in(0).rank() < 3)
    throw Refusal("the input needs a spatial dimension");
  if (!node.in(0).isFloat())
    throw Refusal("pooling is of float32 alone");
  SmallVector<int64_t> axes;
  for (int64_t axis = 2; axis < node.in(0).rank(); ++axis)
    axes.push_back(axis);
  return axes;
}

static void buildGlobalAveragePool(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  SmallVector<int64_t> axes = spatialAxes(node);
  if (x.rank() > 4) {
    node.out(emit.mean(x, axes, true));
    return;
  }
  OpBuilder &builder = emit.getBuilder();
  Tensor y = emit.create<nn::ReduceOp>(
      emit.operand(emit.toImage(x)), builder.getStringAttr("mean"),
      builder.getDenseI64ArrayAttr({1, 2}), builder.getBoolAttr(true));
  node.out(emit.fromImage(y, x.rank()));
}

static void buildGlobalMaxPool(Node &node) {
  node.out(node.emit.reduce("maximum", node.in(0), spatialAxes(node), true));
}

static void buildGlobalLpPool(Node &node) {
  Emitter &emit = node.emit;
  int64_t p = node.integer("p", 2);
  if (p < 1)
    throw Refusal("p is " + std::to_string(p));
  node.out(root(emit,
                emit.reduce("sum", absolutePower(emit, node.in(0), p),
                            spatialAxes(node), true),
                p));
}

static constexpr Operator rows[] = {
    {"MaxPool",
     "auto_pad ceil_mode dilations kernel_shape pads storage_order strides",
     buildMaxPool},
    {"AveragePool",
     "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides",
     buildAveragePool},
    {"LpPool", "auto_pad ceil_mode dilations kernel_shape p pads strides",
     buildLpPool},
    {"GlobalAveragePool", "", buildGlobalAveragePool},
    {"GlobalMaxPool", "", buildGlobalMaxPool},
    {"GlobalLpPool", "p", buildGlobalLpPool},
};

llvm::ArrayRef<Operator> lathe::onnx::poolingOperators() { return rows; }
