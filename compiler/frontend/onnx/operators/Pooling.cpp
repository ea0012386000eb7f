//===- Pooling.cpp - Pooling, and reductions of whole images --------------===//
#include "compiler/frontend/onnx/Operators.h"
#include "compiler/frontend/onnx/operators/Pool.h"
#include <limits>

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

static constexpr double lowest = std::numeric_limits<float>::lowest();

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
  if (!pool.windows.isPadded() || pool.allReach()) {
    node.out(pool.result(pool.largest(pool.image, /*repeat=*/true)));
    return;
  }
  // Where a window has no element in the image, the least number wins.
  ArrayRef<int64_t> shape = pool.image.shape();
  Tensor outside = emit.filled(1, shape.drop_front(), emit.f32());
  outside = emit.reshape(outside, {1, shape[1], shape[2], shape[3]});
  outside = pool.padded({nullptr, emit.operand(outside), ""});
  outside = emit.scale(outside, -lowest, lowest);
  node.out(pool.result(pool.largest(emit.add(pool.padded(pool.image), outside),
                                    /*repeat=*/false)));
}

static Tensor average(Pool &pool, const Tensor &x, bool countPadding) {
  bool counted =
      countPadding && (pool.windows.rounding[0] || pool.windows.rounding[1]);
  if (!pool.windows.isDilated() && !counted)
    return pool.average(x, countPadding);
  return pool.emit.divide(pool.sum(x), pool.counts(countPadding));
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
    sum = pool.sum(powers);
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
