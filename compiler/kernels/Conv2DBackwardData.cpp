//===- Conv2DBackwardData.cpp - Gradient of a convolution's images -------===//
//
// dx[b,y,x,ci] = sum over ky, kx, co of
//                dy[b, (y + top - ky) / sy, (x + left - kx) / sx, co] *
//                w[ky,kx,ci,co]
// where the divisions are exact and the positions lie in dy; elsewhere the term
// is zero. Gathered like a forward convolution, so that it needs no order.
//
// Lanes run over ci, along which the weights are strided: each task first
// copies a channel tile's weights to its stack, transposed. Tiles unroll the
// window's columns; with whole strides of columns in a tile the exactness of a
// division is known when the kernel is compiled, and no zero is ever
// multiplied.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
struct Shape {
  int64_t height, width, inChannels, outChannels;
  int outHeight, outWidth;
  Window window;
};

Shape shapeOf(const Node &node, const TensorType &dy, const TensorType &w) {
  const TensorType &dx = node.results.at(0);
  if (dx.shape.size() != 4 || w.shape.size() != 4 || dy.shape.size() != 4)
    throw NotApplicable(
        "conv2d_backward_data takes images and weights of rank 4");
  return {dx.shape[1],
          dx.shape[2],
          dx.shape[3],
          w.shape[3],
          static_cast<int>(dy.shape[1]),
          static_cast<int>(dy.shape[2]),
          Window(node, w.shape[0], w.shape[1])};
}

TiledSpace spaceOf(const Shape &s) {
  TiledSpace space{s.inChannels, s.width, s.height};
  space.columnsMultiple =
      static_cast<int>(std::min<int64_t>(s.window.strideX, s.width));
  // One row at a time, its loop over the taps stops at the borders. With 28
  // accumulators in 32 registers besides the broadcasts, spilling halved the
  // speed.
  space.maxRows = 1;
  space.sharedBroadcasts = s.window.sizeX > 1;
  return space;
}
} // namespace

void buildConv2DBackwardData(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), w = b.operand(node, 1);
  Shape s = shapeOf(node, dy.type, w.type);
  const Window &window = s.window;

  RDom r(Region{{0, static_cast<int>(s.outChannels)},
                {0, window.sizeX},
                {0, window.sizeY}});
  Expr x = vx + window.left - r.y, y = vy + window.top - r.z;
  auto within = [](const Expr &position, int stride, int extent) {
    Expr inside = position >= 0 && position / stride < extent;
    return stride == 1 ? inside : inside && position % stride == 0;
  };
  Expr inside = likely(within(x, window.strideX, s.outWidth));
  bool oneRow =
      b.chosen.parameters.count("rows") && b.parameter("rows", 1, 64) == 1;
  if (oneRow)
    r.where(within(y, window.strideY, s.outHeight));
  else
    inside = inside && likely(within(y, window.strideY, s.outHeight));
  Index source = {r.x, clamp(x / window.strideX, 0, s.outWidth - 1),
                  clamp(y / window.strideY, 0, s.outHeight - 1), vn};

  Var vo("co"), vkx("kx"), vky("ky");
  Func weights("weights"), sum("sum");
  weights(vc, vo, vkx, vky) = w.at({vo, vc, vkx, vky});
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) +=
      select(inside, dy.at(source), 0.0f) * weights(vc, r.x, r.y, r.z);
  b.anchor = sum;
  b.domain = r;
  b.helpers.push_back(weights);
  b.values[firstResult].at = [sum](const Index &i) {
    return sum(i[0], i[1], i[2], i[3]);
  };
}

Schedule conv2DBackwardDataDefault(const KernelSpec &spec, const Node &node,
                                   const Machine &machine) {
  Shape s = shapeOf(node, typeOf(spec, node.operands.at(0)),
                    typeOf(spec, node.operands.at(1)));
  TiledSpace space = spaceOf(s);
  int lanes = lanesFor(s.inChannels, machine.lanes);
  int64_t taps = s.window.sizeX * s.window.sizeY * s.outChannels;
  // Vectors whose transposed weights fit the stack.
  int64_t vectors = std::max<int64_t>(1, scratchLimit / (taps * lanes * 4));
  space.channels = std::min(s.inChannels, vectors * lanes);
  RegisterTile tile = chooseTile(machine, space);
  // A small image in one tile, all taps unrolled: each border is known when the
  // kernel is compiled, and a weight is read once for each image.
  int64_t pixels = s.width * s.height;
  int64_t body = pixels * s.window.sizeX * s.window.sizeY;
  bool whole = s.height > 1 && pixels <= machine.registers - 4 && body <= 256;
  if (whole)
    tile = {1, static_cast<int>(s.width), static_cast<int>(s.height)};

  // A task is one channel tile of some rows or images. Transposing its weights
  // takes about half a nanosecond each: it works sixteen times longer than
  // that.
  double weights = static_cast<double>(taps * tile.channelVectors * lanes);
  double microseconds = multiplyAddMicroseconds(
      machine, weights * static_cast<double>(s.outHeight * s.outWidth));
  double task = std::max(taskMicroseconds, 16 * 0.5e-3 * weights);
  int64_t rows = s.height;
  if (microseconds > 2 * task) {
    rows =
        static_cast<int64_t>(static_cast<double>(rows) * task / microseconds) +
        1;
    rows = std::min((rows + tile.rows - 1) / tile.rows * tile.rows, s.height);
  }
  return {
      "direct",
      {{"channel_vectors", tile.channelVectors},
       {"columns", tile.columns},
       {"rows", tile.rows},
       {"unroll_channels", 1},
       {"unroll_window_columns", 1},
       {"unroll_window_rows", whole},
       {"parallel_channels", 1},
       {"task_rows", rows},
       {"task_images", imagesPerTask(microseconds * taskMicroseconds / task)}}};
}

void scheduleConv2DBackwardData(Builder &b, const Node &node) {
  if (b.chosen.strategy != "direct")
    throw NotApplicable("conv2d_backward_data has the strategy 'direct'");
  if (b.outputs.size() > 1 || b.resultType().shape != node.results[0].shape)
    throw NotApplicable(
        "the results of a convolution's kernel must have one shape");
  Shape s = shapeOf(node, b.operand(node, 0).type, b.operand(node, 1).type);
  TiledSpace space = spaceOf(s);
  scheduleDirectConvolution(b, space, s.outChannels);
  b.helpers.back().unroll(vc);
}

} // namespace lathe::kernels
