//===- DepthwiseConv2DBackwardWeights.cpp - Filters' gradient by channel -===//
//
// Strategy "depthwise" of conv2d_backward_weights, where each group has one
// input channel: lanes run over the groups, accumulators are the taps. The sum
// is the tree of Conv2DBackwardWeights.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/strategies/Strategies.h"
#include "compiler/kernels/strategies/WeightGradient.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

// Dimensions of dw, fastest first, are those of a channel's filters, one input
// channel, kx, ky and the channel: vc, vx, vy, vn, vg.
static const Var &filter = vc, &one = vx, &kx = vy, &ky = vn;

namespace {
class Depthwise final : public WeightGradient {
public:
  Depthwise() : WeightGradient("depthwise", "with a channel in each group") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  int64_t blocks(const Convolution &s, const Parameters &parameters,
                 const Machine &) const override {
    return parts(s.groups, parameters.at("task_channels"));
  }
};
} // namespace

std::optional<Parameters> Depthwise::defaults(const KernelSpec &spec,
                                              const Node &node,
                                              const Machine &machine) const {
  Convolution s = convolutionOf(spec, node);
  // All filters of a vector of channels are on the stack together.
  if (!s.depthwise() ||
      accumulatorBytes * s.taps() * s.outPerGroup() * machine.lanes >
          scratchLimit)
    return std::nullopt;
  bool apart = slicesOf(node) > 0;
  int lanes = lanesFor(s.groups, machine.lanes);
  // What the operands leave of the registers, with some to spare.
  int budget = (machine.registers - 2) * 7 / 8;
  int columns = largestDivisor(s.window.sizeX, budget);
  int rows = columns < s.window.sizeX
                 ? 1
                 : largestDivisor(s.window.sizeY, budget / columns);
  // Eight accumulators hide the latency of a multiply-add.
  int vectors =
      std::clamp(8 / (rows * columns), 1, std::min(4, s.groups / lanes));

  // A strip of rows of both operands stays in L2, whole
  // lines of both being used. Tasks are blocks of channels; with few of them,
  // slices of the batch.
  int64_t rowBytes =
      elementBytes(spec, node, 1) * s.outWidth * s.outChannels +
      elementBytes(spec, node, 0) * s.width * s.inChannels * s.window.strideY;
  int64_t strips = std::max<int64_t>(
      1, s.outHeight / std::clamp<int64_t>(machine.l2 * 3 / 16 / rowBytes, 1,
                                           s.outHeight));
  int64_t stripRows = (s.outHeight + strips - 1) / strips;
  double microseconds =
      machine.multiplyAddMicroseconds(1.5 * 32 * s.multiplyAdds());
  int tile = vectors * lanes;
  int64_t perTile = accumulatorBytes * s.taps() * s.outPerGroup() * tile;
  bool parallel = microseconds > 2 * machine.taskMicroseconds;
  int64_t tiles = s.groups / tile;
  int slices =
      parallel && !apart && tiles < 16 && 8 * perTile <= scratchLimit ? 8 : 1;
  int64_t taskTiles = std::clamp<int64_t>(
      slices > 1 ? tiles : std::max(tiles / 8, 128 / int64_t{tile}), 1,
      std::max<int64_t>(1, std::min(tiles, scratchLimit / (perTile * slices))));
  return Parameters{
      {"channel_vectors", vectors}, {"window_columns", columns},
      {"window_rows", rows},        {"strip_rows", stripRows},
      {"slices", slices},           {"task_channels", taskTiles * tile},
      {"parallel", parallel}};
}

void Depthwise::schedule(Builder &b, const Node &node) const {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b, &node);
  if (!s.depthwise())
    throw NotApplicable("'depthwise' needs a channel in each group");
  int lanes = lanesFor(s.groups, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, s.groups / lanes));
  int columns =
      static_cast<int>(b.parameter("window_columns", 1, s.window.sizeX));
  int rows = static_cast<int>(b.parameter("window_rows", 1, s.window.sizeY));
  int slices = addedSlices(b, node);
  int taskChannels =
      static_cast<int>(b.parameter("task_channels", vectors * lanes, s.groups));
  bool parallel = b.parameter("parallel", 0, 1) != 0;
  // The sums are updates, which may not be computed twice: tiles fill a task.
  if (taskChannels % (vectors * lanes) || s.window.sizeX % columns ||
      s.window.sizeY % rows)
    throw NotApplicable("a tile does not divide its task");
  requireStack(accumulatorBytes * s.taps() * s.outPerGroup() * taskChannels *
               slices);

  Var slice("slice"), strip("strip"), image("image"), task("task"),
      gTile("g_tile"), kxTile("kx_tile"), kyTile("ky_tile");
  Func &out = b.out(), &total = b.kept<WeightGradientSums>().total,
       &partial = b.anchor;
  FilterVariables of(node);
  Stage write(out);
  write.split(vg, task, vg, taskChannels, TailStrategy::ShiftInwards)
      .reorder(vg, filter, one, kx, of.ky, task)
      .vectorize(vg, lanes);
  if (of.slice)
    write.fuse(task, *of.slice, task);
  if (parallel && slices == 1)
    write.parallel(task);

  std::vector<RVar> reduced = total.rvars();
  const RVar &strips = reduced[0], &images = reduced[1];
  total.compute_at(out, task)
      .store_in(scratch)
      .reorder_storage(vg, filter, one, kx, ky)
      .bound_extent(vg, taskChannels)
      .bound_extent(slice, slices);
  Stage(total).reorder(vg, filter, one, kx, ky, slice).vectorize(vg, lanes);
  Stage sum = total.update();
  sum.split(vg, gTile, vg, vectors * lanes)
      .split(kx, kxTile, kx, columns)
      .split(ky, kyTile, ky, rows)
      .reorder({vg, one, kx, ky, filter, kxTile, kyTile, gTile, strips, images,
                slice})
      .vectorize(vg, lanes)
      .unroll(vg)
      .unroll(kx)
      .unroll(ky);
  if (parallel && slices > 1) {
    Stage(total).parallel(slice);
    sum.parallel(slice);
  }

  partial.compute_at(total, filter)
      .store_in(scratch)
      .reorder_storage(vg, filter, one, kx, ky)
      .bound_extent(vg, vectors * lanes)
      .bound_extent(filter, 1)
      .bound_extent(kx, columns)
      .bound_extent(ky, rows)
      .bound_extent(strip, 1)
      .bound_extent(image, 1);
  auto unroll = [&](Stage registers) {
    registers.vectorize(vg, lanes).unroll(vg).unroll(kx).unroll(ky);
  };
  Stage zero(partial), terms = partial.update();
  zero.reorder(vg, filter, one, kx, ky);
  terms.reorder({vg, filter, one, kx, ky, b.domain.x, b.domain.y});
  unroll(zero);
  unroll(terms);
}

namespace strategies {
const Strategy &depthwiseWeightGradient() {
  static const Depthwise strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
