//===- BlockedConvolution.cpp - Convolutions by blocks of channels -------===//
//
// Strategy "blocked" of conv2d and conv2d_backward_data, for filters whose
// weights do not stay in L1 for one tile of channels. The
// sum over the other channels is cut into blocks: for each block a task copies
// its weights (for the gradient, transposed) to its stack, where they lie in
// the order of the loops, sums over it in registers for all its positions, and
// adds that to the totals, which it keeps on its stack as well.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Unrolling.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var block("block");

/// What everything together may take of the stack.
static constexpr int64_t allBytes = 112 * 1024;

static int64_t roundUp(int64_t size, int64_t multiple) {
  return (size + multiple - 1) / multiple * multiple;
}

/// The convolution or its gradient as a sum over `reduced` channels into
/// `channels` of each group, for an image of the result.
struct Nest {
  Nest(const KernelSpec &spec, const Node &node)
      : s(convolutionOf(spec, node)),
        backward(node.op == "conv2d_backward_data"),
        channels(backward ? s.inPerGroup() : s.outPerGroup()),
        reduced(backward ? s.outPerGroup() : s.inPerGroup()),
        width(backward ? s.width : s.outWidth),
        height(backward ? s.height : s.outHeight) {}

  Convolution s;
  bool backward;
  int channels, reduced, width, height;
};

/// Of a block of channels.
struct BlockFunctions {
  Func partial, weights;
};

namespace {
class Blocked final : public Strategy {
public:
  Blocked() : Strategy("blocked") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  bool preferred(const KernelSpec &spec, const Node &node,
                 const Machine &machine) const override;
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &spec, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return imageTileCost(spec, schedule, machine);
  }
};
} // namespace

void Blocked::build(Builder &b, const Node &node, int firstResult) const {
  Nest nest(b.spec, node);
  const Convolution &s = nest.s;
  Value image = b.operand(node, 0), w = b.operand(node, 1);
  if (s.groups > 1)
    b.groupChannels = nest.channels;
  int size = static_cast<int>(b.parameter("block", 1, nest.reduced));
  int blocks = (nest.reduced + size - 1) / size;

  RDom r(Region{{0, size}, {0, s.window.sizeX}, {0, s.window.sizeY}});
  Expr inBlock = block * size + r.x;
  if (nest.reduced % size)
    r.where(inBlock < nest.reduced);
  // Of the group that is computed, the first channel on either side.
  Expr firstReduced = 0, firstChannel = 0;
  if (s.groups > 1)
    firstReduced = vg * nest.reduced, firstChannel = vg * nest.channels;
  Expr channel = firstReduced + min(inBlock, nest.reduced - 1);
  Expr element = nest.backward
                     ? seeingElement(b, s, image, channel, r.y, r.z, r)
                     : seenElement(b, s, image, channel, r.y, r.z, r);

  Var vr("reduced"), vkx("kx"), vky("ky");
  Func weights("weights"), partial("partial"), total("total");
  std::vector<Var> variables = b.imageVariables();
  Index of = {vc, r.x, r.y, r.z, block};
  std::vector<Var> copied = {vc, vr, vkx, vky, block};
  Index ofBlock(variables.begin(), variables.end()), ofSum = ofBlock;
  if (s.groups > 1) {
    copied.push_back(vg);
    of.push_back(vg);
  }
  Expr other = min(block * size + vr, nest.reduced - 1);
  weights(copied) = nest.backward ? w.at({firstReduced + other, vc, vkx, vky})
                                  : w.at({firstChannel + vc, other, vkx, vky});
  ofBlock.push_back(block);
  partial(ofBlock) = 0.0f;
  partial(ofBlock) += element * weights(of);
  RDom all(0, blocks);
  ofSum.push_back(all);
  total(variables) = 0.0f;
  total(variables) += partial(ofSum);

  b.anchor = total;
  b.keep(BlockFunctions{partial, weights});
  b.domain = r;
  const Builder *builder = &b;
  b.values[firstResult].at = [total, builder](const Index &i) {
    return builder->atImage(total, i);
  };
}

bool Blocked::preferred(const KernelSpec &spec, const Node &node,
                        const Machine &machine) const {
  Nest nest(spec, node);
  return nest.backward
             ? transposesTooMuch(spec, node, machine)
             : !followingPool(spec) && weightsStray(spec, node, machine);
}

std::optional<Parameters> Blocked::defaults(const KernelSpec &spec,
                                            const Node &node,
                                            const Machine &machine) const {
  Nest nest(spec, node);
  const Convolution &s = nest.s;
  int lanes = lanesFor(nest.channels, machine.lanes);
  TiledSpace space{nest.channels, nest.width, 1};
  if (nest.backward)
    space.columnsMultiple = std::min(s.window.strideX, nest.width);
  space.sharedBroadcasts = s.window.sizeX > 1;
  // The weights of a block stay in L1, those of one channel at least; the
  // totals of a row stay on the stack with them.
  int64_t weightBytes = elementBytes(spec, node, 1);
  int64_t blockBytes = std::min(machine.l1 * 2 / 3, allBytes / 2);
  space.channels =
      std::clamp<int64_t>(blockBytes / (s.taps() * weightBytes) / lanes, 1,
                          nest.channels / lanes) *
      lanes;
  RegisterTile tile = chooseTile(machine, space);
  int64_t channels = int64_t{tile.channelVectors} * lanes;
  int64_t channelBytes = s.taps() * channels * weightBytes;
  int64_t block =
      std::clamp<int64_t>(blockBytes / channelBytes, 1, nest.reduced);
  int64_t blocks = (nest.reduced + block - 1) / block;
  block = (nest.reduced + blocks - 1) / blocks;
  int64_t totalBytes = allBytes - block * channelBytes;
  int64_t columns = std::clamp<int64_t>(
      totalBytes / (channels * accumulatorBytes), tile.columns, nest.width);

  // Transposing takes 1.5 cycles for each weight: a task works sixteen
  // times longer, as far as its totals fit its stack.
  int64_t rowBytes =
      roundUp(columns, tile.columns) * channels * accumulatorBytes;
  double weights = static_cast<double>(s.taps() * nest.reduced * channels);
  double rowMicroseconds =
      machine.multiplyAddMicroseconds(weights * s.outHeight * s.outWidth) /
      nest.height;
  int64_t rows =
      static_cast<int64_t>(std::max(machine.taskMicroseconds,
                                    16 * machine.cycles(1.5) * weights) /
                           rowMicroseconds) +
      1;
  rows =
      std::clamp<int64_t>(rows, 1, std::max<int64_t>(1, totalBytes / rowBytes));
  return Parameters{{"channel_vectors", tile.channelVectors},
                    {"columns", tile.columns},
                    {"rows", 1},
                    {"block", block},
                    {"task_columns", columns},
                    {"task_rows", std::min<int64_t>(rows, nest.height)},
                    {"task_images", std::max<int64_t>(1, rows / nest.height)}};
}

void Blocked::schedule(Builder &b, const Node &node) const {
  Nest nest(b.spec, node);
  const Convolution &s = nest.s;
  if (followingPool(b.spec))
    throw NotApplicable("strategy 'blocked' takes no pooling into its tiles");
  int lanes = lanesFor(nest.channels, b.machine.lanes);
  int vectors = static_cast<int>(
      b.parameter("channel_vectors", 1, nest.channels / lanes));
  int columns = static_cast<int>(b.parameter("columns", 1, nest.width));
  int taskColumns =
      static_cast<int>(b.parameter("task_columns", columns, nest.width));
  int taskRows = static_cast<int>(b.parameter("task_rows", 1, nest.height));
  int taskImages = static_cast<int>(b.parameter("task_images", 1, 1 << 16));
  int size = static_cast<int>(b.parameter("block", 1, nest.reduced));
  int width = static_cast<int>(roundUp(taskColumns, columns));
  b.parameter("rows", 1, 1); // the sum stops at the image's borders
  requireStack(
      int64_t{vectors} * lanes *
      (accumulatorBytes * (int64_t{width} * taskRows * taskImages + columns) +
       elementBytes(b.spec, node, 1) * s.taps() * size));

  BlockFunctions &of = b.kept<BlockFunctions>();
  Func &out = b.out(), &total = b.anchor, &partial = of.partial,
       &weights = of.weights;
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
      .unroll(vx);
  if (s.window.sizeX <= longestUnrolled)
    partial.update().unroll(b.domain.y);
}

namespace strategies {
const Strategy &blockedConvolution() {
  static const Blocked strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
