//===- Conv2DBackwardWeights.cpp - Gradient of a convolution's weights ---===//
//
// dw[ky,kx,ci,co] = sum over b, y, x of
//                   x[b, y*sy - top + ky, x*sx - left + kx, ci] * dy[b,y,x,co]
//
// The sum is a fixed tree: over the positions of a strip of rows in registers,
// over strips and images in a task's scratch, and over `slices` of the batch at
// the end. Only the shapes decide where it is cut.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
struct Shape {
  int height, width, inChannels, outChannels, outHeight, outWidth;
  Window window;
};

Shape shapeOf(const Node &node, const TensorType &x, const TensorType &dy) {
  const TensorType &dw = node.results.at(0);
  if (x.shape.size() != 4 || dw.shape.size() != 4 || dy.shape.size() != 4)
    throw NotApplicable(
        "conv2d_backward_weights takes images and gives weights of rank 4");
  auto narrow = [](int64_t size) { return static_cast<int>(size); };
  return {narrow(x.shape[1]),
          narrow(x.shape[2]),
          narrow(x.shape[3]),
          narrow(dy.shape[3]),
          narrow(dy.shape[1]),
          narrow(dy.shape[2]),
          Window(node, dw.shape[0], dw.shape[1])};
}

int parts(int64_t extent, int64_t part) {
  return static_cast<int>((extent + part - 1) / part);
}

/// The part, at most `limit`, that covers `extent` with the least excess and
/// the fewest parts.
int bestPart(int extent, int limit) {
  int best = 1;
  for (int part = 1; part <= std::min(limit, extent); ++part)
    if (parts(extent, part) * (part + 1) <= parts(extent, best) * (best + 1))
      best = part; // each part costs one step more than its length
  return best;
}

// Dimensions of dw, fastest first, are co, ci, kx, ky: vc, vx, vy, vn.
const Var &co = vc, &ci = vx, &kx = vy, &ky = vn;
const Var slice("slice"), strip("strip"), image("image");
} // namespace

void buildConv2DBackwardWeights(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), dy = b.operand(node, 1);
  Shape s = shapeOf(node, x.type, dy.type);
  const Window &window = s.window;
  int stripRows = static_cast<int>(b.parameter("strip_rows", 1, s.outHeight));
  int slices = static_cast<int>(b.parameter("slices", 1, 64));
  int windowColumns =
      static_cast<int>(b.parameter("window_columns", 1, window.sizeX));
  int windowRows =
      static_cast<int>(b.parameter("window_rows", 1, window.sizeY));

  // Where one tap at a time is summed, the loops stop at the border; else each
  // element asks.
  RDom r(Region{{0, s.outWidth}, {0, stripRows}});
  Expr outRow = strip * stripRows + r.y;
  Expr column = r.x * window.strideX + kx - window.left;
  Expr row = outRow * window.strideY + ky - window.top;
  if (s.outHeight % stripRows)
    r.where(outRow < s.outHeight);
  Expr inside;
  auto border = [&](Expr &position, int extent, bool loopStops) {
    Expr valid = position >= 0 && position < extent;
    if (loopStops)
      r.where(valid);
    else
      inside = inside.defined() ? inside && likely(valid) : likely(valid);
    position = clamp(position, 0, extent - 1);
  };
  if (window.left || window.right)
    border(column, s.width, windowColumns == 1);
  if (window.top || window.bottom)
    border(row, s.height, windowRows == 1);
  Expr element = x.at({ci, column, row, image});
  if (inside.defined())
    element = select(inside, element, 0.0f);

  Func partial("partial"), total("total"), result("result");
  partial(co, ci, kx, ky, strip, image) = 0.0f;
  partial(co, ci, kx, ky, strip, image) +=
      element * dy.at({co, r.x, min(outRow, s.outHeight - 1), image});

  Expr images = b.extent(x.size(3));
  Expr perSlice = (images + slices - 1) / slices;
  RDom all(Region{{0, parts(s.outHeight, stripRows)}, {0, perSlice}});
  Expr number = slice * perSlice + all.y;
  if (slices > 1)
    all.where(number < images);
  total(co, ci, kx, ky, slice) = 0.0f;
  total(co, ci, kx, ky, slice) +=
      partial(co, ci, kx, ky, all.x, slices > 1 ? number : all.y);

  b.helpers = {total};
  b.anchor = partial;
  b.domain = r;
  b.values[firstResult].at = [=](const Index &i) {
    Expr sum = total(i[0], i[1], i[2], i[3], 0);
    for (int other = 1; other < slices; ++other)
      sum += total(i[0], i[1], i[2], i[3], other);
    return sum;
  };
}

Schedule conv2DBackwardWeightsDefault(const KernelSpec &spec, const Node &node,
                                      const Machine &machine) {
  Shape s = shapeOf(node, typeOf(spec, node.operands.at(0)),
                    typeOf(spec, node.operands.at(1)));
  int lanes = lanesFor(s.outChannels, machine.lanes);
  int budget = machine.registers >= 32 ? 28 : 12;

  // Accumulators are vectors of co times input channels, and few input channels
  // times taps. Tiles of taps divide the window.
  int vectors =
      std::min(machine.registers >= 32 ? 4 : 2, s.outChannels / lanes);
  int channels = bestPart(s.inChannels, budget / vectors);
  auto divisor = [](int size, int limit) {
    int part = std::clamp(limit, 1, size);
    while (size % part)
      --part;
    return part;
  };
  int columns = divisor(s.window.sizeX, budget / (vectors * channels));
  int rows =
      columns < s.window.sizeX
          ? 1
          : divisor(s.window.sizeY, budget / (vectors * channels * columns));

  // A strip of rows of both operands stays in the first cache level.
  int64_t rowBytes = 4 * (int64_t{s.outWidth} * s.outChannels +
                          int64_t{s.width} * s.inChannels * s.window.strideY);
  int strips = parts(s.outHeight,
                     std::clamp<int64_t>(40 * 1024 / rowBytes, 1, s.outHeight));
  int stripRows = parts(s.outHeight, strips);

  // Tasks are blocks of channels. A kernel with few of them cuts the batch too.
  int64_t taps = int64_t{s.window.sizeX} * s.window.sizeY;
  int64_t bytes = taps * s.inChannels * s.outChannels * 4;
  double microseconds = multiplyAddMicroseconds(
      machine, 32 * static_cast<double>(bytes / 4) * s.outHeight * s.outWidth);
  int slices = bytes <= 8 * 1024 && microseconds > 2 * taskMicroseconds ? 8 : 1;
  int tileOut = vectors * lanes;
  int taskOut = s.outChannels / tileOut * tileOut;
  while (taps * taskOut * channels * 4 > scratchLimit / 2 && taskOut > tileOut)
    taskOut = parts(parts(taskOut, 2), tileOut) * tileOut;
  int64_t most = std::max<int64_t>(
      1, scratchLimit / (taps * taskOut * channels * 4 * slices));
  if (slices == 1 && microseconds > 2 * taskMicroseconds)
    most =
        std::min<int64_t>(most, std::max(1, parts(s.inChannels, channels) / 8));
  int taskIn = channels * static_cast<int>(
                              std::min<int64_t>(most, s.inChannels / channels));
  return {"tiled",
          {{"channel_vectors", vectors},
           {"in_channels", channels},
           {"window_columns", columns},
           {"window_rows", rows},
           {"strip_rows", stripRows},
           {"slices", slices},
           {"task_in_channels", taskIn},
           {"task_out_channels", taskOut},
           {"parallel", microseconds > 2 * taskMicroseconds}}};
}

void scheduleConv2DBackwardWeights(Builder &b, const Node &node) {
  if (b.chosen.strategy != "tiled")
    throw NotApplicable("conv2d_backward_weights has the strategy 'tiled'");
  Shape s = shapeOf(node, b.operand(node, 0).type, b.operand(node, 1).type);
  if (b.outputs.size() > 1 || b.resultType().shape != node.results[0].shape)
    throw NotApplicable(
        "the results of a convolution's kernel must have one shape");
  int lanes = lanesFor(s.outChannels, b.machine.lanes);
  int vectors = static_cast<int>(
      b.parameter("channel_vectors", 1, s.outChannels / lanes));
  int channels = static_cast<int>(b.parameter("in_channels", 1, s.inChannels));
  int columns =
      static_cast<int>(b.parameter("window_columns", 1, s.window.sizeX));
  int rows = static_cast<int>(b.parameter("window_rows", 1, s.window.sizeY));
  int taskIn =
      static_cast<int>(b.parameter("task_in_channels", channels, s.inChannels));
  int taskOut = static_cast<int>(
      b.parameter("task_out_channels", vectors * lanes, s.outChannels));
  bool parallel = b.parameter("parallel", 0, 1) != 0;
  bool sliced = b.parameter("slices", 1, 64) > 1;

  // Tiles fill a task exactly: the sums are updates, which may not be computed
  // twice. Tasks, being copies of the sums, are shifted inwards where they do
  // not fill the tensor.
  if (taskOut % (vectors * lanes) || taskIn % channels ||
      s.window.sizeX % columns || s.window.sizeY % rows)
    throw NotApplicable("a tile does not divide its task");

  Func &out = b.out(), &total = b.helpers[0], &partial = b.anchor;
  std::vector<RVar> reduced = total.rvars();
  const RVar &strips = reduced[0], &images = reduced[1];
  Var coTask("co_task"), ciTask("ci_task"), task("task");
  Stage(out)
      .split(co, coTask, co, taskOut, TailStrategy::ShiftInwards)
      .split(ci, ciTask, ci, taskIn, TailStrategy::ShiftInwards)
      .reorder(co, ci, kx, ky, coTask, ciTask)
      .fuse(coTask, ciTask, task)
      .vectorize(co, lanes);
  if (parallel && !sliced)
    Stage(out).parallel(task);

  Var coTile("co_tile"), ciTile("ci_tile"), kxTile("kx_tile"),
      kyTile("ky_tile");
  total.compute_at(out, task)
      .store_in(scratch)
      .bound_extent(co, taskOut)
      .bound_extent(ci, taskIn)
      .bound_extent(slice, static_cast<int>(b.parameter("slices", 1, 64)));
  Stage(total).vectorize(co, lanes);
  Stage sum = total.update();
  sum.split(co, coTile, co, vectors * lanes)
      .split(ci, ciTile, ci, channels)
      .split(kx, kxTile, kx, columns)
      .split(ky, kyTile, ky, rows)
      .reorder({co, ci, kx, ky, coTile, ciTile, kxTile, kyTile, strips, images,
                slice})
      .vectorize(co, lanes)
      .unroll(co)
      .unroll(ci)
      .unroll(kx)
      .unroll(ky);
  if (parallel && sliced) {
    Stage(total).parallel(slice);
    sum.parallel(slice);
  }

  partial.compute_at(total, coTile)
      .store_in(scratch)
      .bound_extent(co, vectors * lanes)
      .bound_extent(ci, channels)
      .bound_extent(kx, columns)
      .bound_extent(ky, rows)
      .bound_extent(strip, 1)
      .bound_extent(image, 1);
  Stage(partial).vectorize(co, lanes).unroll(co).unroll(ci).unroll(kx).unroll(
      ky);
  partial.update()
      .reorder(co, ci, kx, ky, b.domain.x, b.domain.y)
      .vectorize(co, lanes)
      .unroll(co)
      .unroll(ci)
      .unroll(kx)
      .unroll(ky);
}

} // namespace lathe::kernels
