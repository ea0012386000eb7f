//===- DirectConvolution.cpp - Register-tiled convolution loops ----------===//
//
// The loop nest that forward convolution and its gradient for the data share:
// vectors of output channels by a small image region, all accumulators in
// registers through the whole reduction.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

void widenByPool(const KernelSpec &spec, TiledSpace &space) {
  const Node *pool = followingPool(spec);
  if (!pool)
    return;
  std::vector<int64_t> size = listAttribute(*pool, "pool_size", {2, 2});
  Window window(*pool, size[0], size[1]);
  space.stepX = window.strideX, space.stepY = window.strideY;
  space.sizeX = window.sizeX, space.sizeY = window.sizeY;
}

void scheduleDirectConvolution(Builder &b, const TiledSpace &space,
                               int64_t reducedChannels,
                               std::vector<Func> copies) {
  int64_t channels = space.channels, width = space.width, height = space.height;
  int lanes = lanesFor(channels, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, channels / lanes));
  int columns = static_cast<int>(b.parameter("columns", 1, width));
  int rows = static_cast<int>(b.parameter("rows", 1, height));
  int unrollChannels =
      static_cast<int>(b.parameter("unroll_channels", 1, reducedChannels));
  bool unrollColumns = b.parameter("unroll_window_columns", 0, 1) != 0;
  bool unrollRows = b.parameter("unroll_window_rows", 0, 1) != 0;
  int taskRows = static_cast<int>(b.parameter("task_rows", 1, height));
  // Shifted tiles compute elements again that another has computed, and with
  // another place in a tile comes another rounding: such tiles may not lie in
  // two tasks, where the last one to write depends on the threads.
  bool tasksOfChannels = b.parameter("parallel_channels", 0, 1) != 0 &&
                         channels % (vectors * lanes) == 0;
  if (rows > 1 && height % rows)
    taskRows = static_cast<int>(height);
  int taskImages = static_cast<int>(b.parameter("task_images", 1, 1 << 30));

  // Tiles at the end are shifted inwards: every tile is whole, so that the
  // accumulators have a constant number.
  Var cTile("c_tile"), xTile("x_tile"), yTile("y_tile"), strip("strip"),
      task("task"), image("image");
  Func &out = b.out();
  Stage stage(out);
  stage.split(vc, cTile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .split(vx, xTile, vx, columns, TailStrategy::ShiftInwards);
  bool strips = taskRows < height;
  if (strips)
    stage.split(vy, strip, vy, taskRows, TailStrategy::ShiftInwards);
  int tileRows = std::min(rows, taskRows);
  stage.split(vy, yTile, vy, tileRows, TailStrategy::ShiftInwards);
  stage.split(vn, task, image, taskImages, TailStrategy::GuardWithIf);
  // One channel tile's weights serve all rows and images of a task before the
  // next tile's are touched; or each tile has tasks of its own.
  std::vector<VarOrRVar> order = {vc, vx, vy, xTile, yTile, image, cTile};
  if (strips)
    order.push_back(strip);
  order.push_back(task);
  if (b.groupChannels)
    order.insert(order.begin() + 7, vg);
  stage.reorder(order);
  if (strips)
    stage.fuse(strip, task, task);
  if (b.groupChannels)
    stage.fuse(cTile, vg, cTile); // groups are channel tiles too
  VarOrRVar weightsLevel = cTile;
  if (tasksOfChannels) {
    Var both("both");
    stage.fuse(cTile, task, both).parallel(both);
    weightsLevel = both;
  } else {
    stage.parallel(task);
  }
  stage.vectorize(vc, lanes).unroll(vc).unroll(vx).unroll(vy);

  const RVar &channel = b.domain.x, &column = b.domain.y, &row = b.domain.z;
  b.anchor.compute_at(out, xTile)
      .store_in(scratch)
      .bound_extent(vx, (columns - 1) * space.stepX + space.sizeX)
      .bound_extent(vy, (tileRows - 1) * space.stepY + space.sizeY);
  for (Func &weights : copies)
    weights.compute_at(LoopLevel(out, weightsLevel)).store_in(scratch);
  Stage(b.anchor).vectorize(vc, lanes).unroll(vc).unroll(vx).unroll(vy);
  Stage sum = b.anchor.update();
  RVar inner("channel_inner");
  if (unrollChannels > 1)
    sum.split(channel, channel, inner, unrollChannels,
              TailStrategy::GuardWithIf);
  std::vector<VarOrRVar> unrolled = {vc, vx, vy}, looped;
  (unrollChannels > 1 ? unrolled : looped)
      .push_back(unrollChannels > 1 ? inner : channel);
  (unrollColumns ? unrolled : looped).push_back(column);
  (unrollRows ? unrolled : looped).push_back(row);
  if (unrollChannels > 1)
    looped.insert(looped.begin(), channel);
  std::vector<VarOrRVar> nest = unrolled;
  nest.insert(nest.end(), looped.begin(), looped.end());
  sum.reorder(nest);
  for (size_t i = 3; i < unrolled.size(); ++i)
    sum.unroll(unrolled[i]);
  sum.vectorize(vc, lanes).unroll(vc).unroll(vx).unroll(vy);
}

} // namespace lathe::kernels
