//===- DepthwiseConv2D.cpp - Convolutions of each channel by itself ------===//
//
// Strategy "depthwise" of conv2d and conv2d_backward_data, where each group has
// one input channel:
//   y[b,y,x,c*m + k] = sum over ky, kx of w[ky,kx,0,c*m + k] *
//                      x[b, y*sy - top + ky*ey, x*sx - left + kx*ex, c]
// and its gradient, e being the dilations. What is computed is that of
// Conv2D.cpp and Conv2DBackwardData.cpp; but lanes run over the groups, which
// are as dense as channels where m is 1. The taps of a row share their loads.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
class Depthwise final : public Strategy {
public:
  Depthwise() : Strategy("depthwise", "with a channel in each group") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
};
} // namespace

static bool isGradient(const Node &node) {
  return node.op == "conv2d_backward_data";
}

static TiledSpace spaceOf(const KernelSpec &spec, const Node &node,
                          const Convolution &s) {
  const TensorType &out = typeOf(spec, spec.results.at(0));
  TiledSpace space{s.groups, out.shape.at(2), out.shape.at(1)};
  // With whole strides in a tile it is known when the kernel is compiled which
  // taps meet an element of dy.
  if (isGradient(node))
    space.columnsMultiple =
        static_cast<int>(std::min<int64_t>(s.window.strideX, space.width));
  else
    widenByPool(spec, space);
  return space;
}

std::optional<Parameters> Depthwise::defaults(const KernelSpec &spec,
                                              const Node &node,
                                              const Machine &machine) const {
  Convolution s = convolutionOf(spec, node);
  if (!s.depthwise())
    return std::nullopt;
  TiledSpace space = spaceOf(spec, node, s);
  int multiplier = s.outPerGroup();
  int filters = 1; // of a channel, computed together
  for (int part = 1; part <= 4 && !isGradient(node); ++part)
    if (multiplier % part == 0)
      filters = part;

  // Accumulators and the row's elements that the taps share, both in registers.
  // Of the tiles that fit, the one with the least work; a tile costs as much as
  // two columns besides.
  int reach = std::min(s.window.sizeX, 7) + 2;
  // Two vectors of channels make whole pairs of cache lines, of which many
  // channels leave but few sets in L1.
  int vectors = s.groups % (2 * machine.lanes) ? 1 : 2;
  int64_t limit = std::max(2, (machine.registers - reach + 1) / 2 / vectors);
  int step = space.columnsMultiple;
  auto pixels = [&](int64_t columns) {
    return ((columns - 1) * space.stepX + space.sizeX) * space.sizeY;
  };
  auto cost = [&](int64_t columns) {
    return (space.width + columns - 1) / columns * (pixels(columns) + 2);
  };
  int64_t columns = step;
  for (int64_t more = step; more <= space.width; more += step)
    if (pixels(more) * filters <= limit && cost(more) <= cost(columns))
      columns = more;
  bool unrollTaps = pixels(columns) * filters * s.window.sizeX <= 256;

  // At half the peak, or what reading both images takes: half of it in the
  // order of memory.
  bool inside = s.window.strideX == 1;
  double elements =
      static_cast<double>(s.height) * s.width * s.inChannels +
      static_cast<double>(s.outHeight) * s.outWidth * s.outChannels;
  double microseconds =
      std::max(1.5 * machine.multiplyAddMicroseconds(s.multiplyAdds()),
               (inside ? 2 : 4) / machine.memoryBandwidth * elements);
  double task = machine.taskMicroseconds;
  if (spec.batch > 0)
    task = taskLength(machine, microseconds * static_cast<double>(spec.batch));
  int64_t rows = space.height;
  if (microseconds >= 2 * task)
    rows =
        std::min<int64_t>(rows, static_cast<int64_t>(static_cast<double>(rows) *
                                                     task / microseconds) +
                                    1);
  return Parameters{
      {"channel_vectors", vectors},
      {"channels_inside", inside},
      {"columns", columns},
      {"rows", 1},
      {"filters", filters},
      {"unroll_window_columns", unrollTaps},
      {"task_rows", rows},
      {"task_images",
       imagesPerTask(machine, microseconds * machine.taskMicroseconds / task)}};
}

void Depthwise::schedule(Builder &b, const Node &node) const {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b, isGradient(node) ? &node : nullptr);
  if (!s.depthwise())
    throw NotApplicable("'depthwise' needs a channel in each group");
  TiledSpace space = spaceOf(b.spec, node, s);
  int width = static_cast<int>(space.width),
      height = static_cast<int>(space.height);
  int lanes = lanesFor(s.groups, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, s.groups / lanes));
  int columns = static_cast<int>(b.parameter("columns", 1, width));
  int taskRows = static_cast<int>(b.parameter("task_rows", 1, height));
  int rows =
      std::min(static_cast<int>(b.parameter("rows", 1, height)), taskRows);
  int taskImages = static_cast<int>(b.parameter("task_images", 1, 1 << 30));
  int filters = static_cast<int>(b.parameter("filters", 1, b.groupChannels));
  bool unrollTaps = b.parameter("unroll_window_columns", 0, 1) != 0;
  if (b.groupChannels % filters)
    throw NotApplicable("filters do not divide those of a channel");

  Var gTile("g_tile"), filterTile("filter_tile"), xTile("x_tile"),
      yTile("y_tile"), strip("strip"), task("task"), image("image");
  // All channels of a few neighbouring pixels are read in the order of memory,
  // and what the next row's tile sees again stays near. With strides, tiles see
  // little of what others have seen, and more pixels: one tile of channels of
  // all the task's pixels comes first.
  bool inside = b.parameter("channels_inside", 0, 1) != 0;
  std::vector<VarOrRVar> order = {vg, vc, vx, vy};
  if (inside)
    order.insert(order.end(), {filterTile, gTile, xTile, yTile, image});
  else
    order.insert(order.end(), {xTile, filterTile, yTile, image, gTile});
  order.insert(order.end(), {strip, task});
  Stage stage(b.out());
  stage.split(vg, gTile, vg, vectors * lanes, TailStrategy::ShiftInwards)
      .split(vc, filterTile, vc, filters)
      .split(vx, xTile, vx, columns, TailStrategy::ShiftInwards)
      .split(vy, strip, vy, taskRows, TailStrategy::ShiftInwards)
      .split(vy, yTile, vy, rows, TailStrategy::ShiftInwards)
      .split(vn, task, image, taskImages, TailStrategy::GuardWithIf)
      .reorder(order)
      .fuse(strip, task, task)
      .parallel(task)
      .vectorize(vg, lanes)
      .unroll(vg)
      .unroll(vc)
      .unroll(vx)
      .unroll(vy);

  b.anchor.compute_at(b.out(), inside ? filterTile : xTile)
      .store_in(scratch)
      .reorder_storage(vg, vc, vx, vy, vn)
      .bound_extent(vg, vectors * lanes)
      .bound_extent(vc, filters)
      .bound_extent(vx, (columns - 1) * space.stepX + space.sizeX)
      .bound_extent(vy, (rows - 1) * space.stepY + space.sizeY);
  auto unroll = [&](Stage registers) {
    registers.vectorize(vg, lanes).unroll(vg).unroll(vc).unroll(vx).unroll(vy);
  };
  Stage zero(b.anchor), sum = b.anchor.update();
  zero.reorder(vg, vc, vx, vy);
  const RVar &channel = b.domain.x, &column = b.domain.y, &row = b.domain.z;
  sum.reorder({vg, vc, vx, vy, column, channel, row});
  if (unrollTaps)
    sum.unroll(column);
  unroll(zero);
  unroll(sum);
}

namespace strategies {
const Strategy &depthwiseConv2D() {
  static const Depthwise strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
