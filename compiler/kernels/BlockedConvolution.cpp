//===- BlockedConvolution.cpp - Gradients of data by blocks of filters ---===//
//
// Strategy "blocked" of conv2d_backward_data, for filters whose transposed
// weights do not fit a task's stack even for one vector of channels. The sum
// over co is cut into blocks: for each block a task transposes its weights,
// sums over it in registers for all its positions, and adds that to the
// totals, which it keeps on its stack.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var block("block");

/// What a block's weights may take of the stack, where they are not those of a
/// single filter; and what everything together may.
static constexpr int64_t blockBytes = 32 * 1024, allBytes = 112 * 1024;

static int64_t roundUp(int64_t size, int64_t multiple) {
  return (size + multiple - 1) / multiple * multiple;
}

void buildBlockedBackwardData(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), w = b.operand(node, 1);
  Convolution s = convolutionOf(b.spec, node);
  if (s.groups > 1)
    b.groupChannels = s.inPerGroup();
  int filters = static_cast<int>(b.parameter("block", 1, s.outPerGroup()));
  int blocks = (s.outPerGroup() + filters - 1) / filters;

  RDom r(Region{{0, filters}, {0, s.window.sizeX}, {0, s.window.sizeY}});
  Expr out = block * filters + r.x, first = 0;
  if (s.outPerGroup() % filters)
    r.where(out < s.outPerGroup());
  if (s.groups > 1)
    first = vg * s.outPerGroup();
  Expr element = seeingElement(b, s, dy, first + min(out, s.outPerGroup() - 1),
                               r.y, r.z, r);

  Var vo("co"), vkx("kx"), vky("ky");
  Func weights("weights"), partial("partial"), total("total");
  std::vector<Var> image = b.imageVariables();
  Index copied = {vc, vo, vkx, vky, block}, of = {vc, r.x, r.y, r.z, block};
  std::vector<Var> copiedTo = {vc, vo, vkx, vky, block};
  Index inBlock(image.begin(), image.end()), inSum = inBlock;
  if (s.groups > 1) {
    copiedTo.push_back(vg);
    of.push_back(vg);
  }
  weights(copiedTo) = w.at(
      {first + min(block * filters + vo, s.outPerGroup() - 1), vc, vkx, vky});
  inBlock.push_back(block);
  partial(inBlock) = 0.0f;
  partial(inBlock) += element * weights(of);
  RDom all(0, blocks);
  inSum.push_back(all);
  total(image) = 0.0f;
  total(image) += partial(inSum);

  b.anchor = total;
  b.helpers = {partial, weights};
  b.domain = r;
  const Builder *builder = &b;
  b.values[firstResult].at = [total, builder](const Index &i) {
    return builder->atImage(total, i);
  };
}

Schedule blockedBackwardDataDefault(const Convolution &s,
                                    const Machine &machine) {
  int lanes = lanesFor(s.inPerGroup(), machine.lanes);
  TiledSpace space{s.inPerGroup(), s.width, 1};
  space.columnsMultiple = std::min(s.window.strideX, s.width);
  space.sharedBroadcasts = s.window.sizeX > 1;
  // The weights of a block stay in the first cache level, those of one filter
  // at least; the totals of a row stay on the stack with them.
  space.channels = std::clamp<int64_t>(blockBytes / (s.taps() * 4) / lanes, 1,
                                       s.inPerGroup() / lanes) *
                   lanes;
  RegisterTile tile = chooseTile(machine, space);
  int64_t channels = int64_t{tile.channelVectors} * lanes;
  int64_t filterBytes = s.taps() * channels * 4;
  int64_t block =
      std::clamp<int64_t>(blockBytes / filterBytes, 1, s.outPerGroup());
  int64_t blocks = (s.outPerGroup() + block - 1) / block;
  block = (s.outPerGroup() + blocks - 1) / blocks;
  int64_t totalBytes = allBytes - block * filterBytes;
  int64_t columns =
      std::clamp<int64_t>(totalBytes / (channels * 4), tile.columns, s.width);

  // Transposing takes half a nanosecond for each weight: a task works sixteen
  // times longer, as far as its totals fit its stack.
  int64_t rowBytes = roundUp(columns, tile.columns) * channels * 4;
  double weights = static_cast<double>(s.taps() * s.outPerGroup() * channels);
  double rowMicroseconds =
      multiplyAddMicroseconds(machine, weights * s.outHeight * s.outWidth) /
      s.height;
  int64_t rows =
      static_cast<int64_t>(std::max(taskMicroseconds, 8e-3 * weights) /
                           rowMicroseconds) +
      1;
  rows =
      std::clamp<int64_t>(rows, 1, std::max<int64_t>(1, totalBytes / rowBytes));
  return {"blocked",
          {{"channel_vectors", tile.channelVectors},
           {"columns", tile.columns},
           {"rows", 1},
           {"block", block},
           {"task_columns", columns},
           {"task_rows", std::min<int64_t>(rows, s.height)},
           {"task_images", std::max<int64_t>(1, rows / s.height)}}};
}

void scheduleBlockedBackwardData(Builder &b, const Node &node) {
  Convolution s = convolutionOf(b.spec, node);
  int lanes = lanesFor(s.inPerGroup(), b.machine.lanes);
  int vectors = static_cast<int>(
      b.parameter("channel_vectors", 1, s.inPerGroup() / lanes));
  int columns = static_cast<int>(b.parameter("columns", 1, s.width));
  int taskColumns =
      static_cast<int>(b.parameter("task_columns", columns, s.width));
  int taskRows = static_cast<int>(b.parameter("task_rows", 1, s.height));
  int taskImages = static_cast<int>(b.parameter("task_images", 1, 1 << 16));
  int filters = static_cast<int>(b.parameter("block", 1, s.outPerGroup()));
  int width = static_cast<int>(roundUp(taskColumns, columns));
  b.parameter("rows", 1, 1); // the sum stops at the image's borders
  requireStack(
      4 * int64_t{vectors} * lanes *
      (int64_t{width} * taskRows * taskImages + s.taps() * filters + columns));

  Func &out = b.out(), &total = b.anchor, &partial = b.helpers[0],
       &weights = b.helpers[1];
  Var cTile("c_tile"), xTile("x_tile"), strip("strip"), part("part"),
      task("task"), image("image");
  Stage stage(out);
  stage.split(vc, cTile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .split(vx, part, vx, taskColumns, TailStrategy::ShiftInwards)
      .split(vy, strip, vy, taskRows, TailStrategy::ShiftInwards)
      .split(vn, task, image, taskImages, TailStrategy::GuardWithIf)
      .vectorize(vc, lanes)
      .unroll(vc);
  std::vector<VarOrRVar> order = {vc, vx, vy, image, cTile};
  if (b.groupChannels)
    order.push_back(vg);
  order.insert(order.end(), {part, strip, task});
  stage.reorder(order);
  if (b.groupChannels)
    stage.fuse(cTile, vg, cTile);
  stage.fuse(strip, task, task)
      .fuse(part, task, task)
      .fuse(cTile, task, task)
      .parallel(task);

  // Tiles of the totals are whole: the last ones compute beyond the image. The
  // images of the last task may be fewer.
  RVar blocks = total.rvars()[0];
  total.compute_at(out, task)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(vx, width)
      .bound_extent(vy, taskRows)
      .bound_storage(vn, taskImages);
  Stage(total).vectorize(vc, lanes);
  total.update()
      .split(vx, xTile, vx, columns, TailStrategy::RoundUp)
      .reorder({vc, vx, xTile, vy, vn, blocks})
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vx);
  weights.compute_at(total, blocks).store_in(scratch).unroll(vc);
  partial.compute_at(total, xTile)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(vx, columns);
  Stage(partial).vectorize(vc, lanes).unroll(vc).unroll(vx);
  partial.update()
      .reorder({vc, vx, b.domain.y, b.domain.x, b.domain.z})
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vx)
      .unroll(b.domain.y);
}

} // namespace lathe::kernels
