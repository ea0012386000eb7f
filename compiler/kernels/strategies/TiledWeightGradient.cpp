//===- TiledWeightGradient.cpp - Weight gradients in register tiles -------===//
//
// Strategy "tiled" of conv2d_backward_weights: tasks are blocks of channels,
// whose sums are in their scratch, and tiles of it in registers.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/strategies/Strategies.h"
#include "compiler/kernels/strategies/WeightGradient.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
class Tiled final : public WeightGradient {
public:
  Tiled() : WeightGradient("tiled") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return registerTileCost(machine, parameterOf(schedule, "channel_vectors"),
                            parameterOf(schedule, "in_channels") *
                                parameterOf(schedule, "window_columns") *
                                parameterOf(schedule, "window_rows"));
  }
  int64_t blocks(const Convolution &s, const Parameters &parameters,
                 const Machine &) const override {
    return parts(s.inPerGroup(), parameters.at("task_in_channels")) *
           parts(s.outPerGroup(), parameters.at("task_out_channels")) *
           s.groups;
  }
};

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
const Var pixel("pixel"), rowInStrip("row_in_strip");
} // namespace

/// A power of two: threads get as many each.
static int slicesOnStack(int64_t bytes, double microseconds,
                         const Machine &machine) {
  constexpr int64_t tasksPerCore = 4;
  int64_t most =
      std::min({tasksPerCore * machine.cores, usualStack / bytes, int64_t{64},
                static_cast<int64_t>(microseconds / machine.taskMicroseconds)});
  int slices = 2;
  while (2 * slices <= most)
    slices *= 2;
  return slices;
}

std::optional<Parameters> Tiled::defaults(const KernelSpec &spec,
                                          const Node &node,
                                          const Machine &machine) const {
  Convolution s = convolutionOf(spec, node);
  bool apart = slicesOf(node) > 0;
  int inChannels = s.inPerGroup(), outChannels = s.outPerGroup();
  int lanes = lanesFor(outChannels, machine.lanes);
  int budget = machine.registers - 4;

  // Accumulators are vectors of co times input channels, and few input channels
  // times taps. Tiles of taps divide the window.
  int vectors = std::min(machine.registers / 8, outChannels / lanes);
  int channels = bestPart(inChannels, budget / vectors);
  // Tasks are blocks of channels. A kernel with few of them cuts the batch too,
  // where the sums are small; else it has two blocks at least. Slices that are
  // kept apart are tasks without more ado.
  int64_t taps = s.taps();
  int64_t bytes = filterBytes(s);
  auto batch = static_cast<double>(spec.batch ? spec.batch : 32);
  double microseconds =
      machine.multiplyAddMicroseconds(batch * s.multiplyAdds());
  constexpr int slicesOfFew = 4;
  int slices = 1;
  if (microseconds > 2 * machine.taskMicroseconds && !apart) {
    if (bytes <= smallSums(machine))
      slices = slicesOnStack(bytes, microseconds, machine);
    else if (inChannels < channels * 2 && spec.batch >= 4 &&
             slicesOfFew * bytes <= usualStack)
      slices = slicesOfFew;
  }
  if (inChannels < 2 * channels && outChannels < 2 * vectors * lanes &&
      slices == 1 && !apart)
    vectors = std::max(1, vectors / 2);
  while (accumulatorBytes * taps * vectors * lanes * channels > usualStack &&
         channels > 1)
    channels = bestPart(inChannels, channels - 1);
  while (accumulatorBytes * taps * vectors * lanes > usualStack && vectors > 1)
    --vectors;
  int columns = largestDivisor(s.window.sizeX, budget / (vectors * channels));
  int rows = columns < s.window.sizeX
                 ? 1
                 : largestDivisor(s.window.sizeY,
                                  budget / (vectors * channels * columns));

  // A strip of rows of both operands stays in L1.
  int64_t rowBytes =
      elementBytes(spec, node, 1) * s.outWidth * outChannels +
      elementBytes(spec, node, 0) * s.width * inChannels * s.window.strideY;
  int strips =
      parts(s.outHeight,
            std::clamp<int64_t>(machine.l1 * 5 / 6 / rowBytes, 1, s.outHeight));
  int stripRows = parts(s.outHeight, strips);

  int tileOut = vectors * lanes;
  int taskOut = outChannels / tileOut * tileOut;
  if (inChannels < 2 * channels && slices == 1 && !apart)
    taskOut = parts(parts(taskOut, 2), tileOut) * tileOut;
  while (accumulatorBytes * taps * taskOut * channels > scratchLimit / 2 &&
         taskOut > tileOut)
    taskOut = parts(parts(taskOut, 2), tileOut) * tileOut;
  int64_t most =
      std::max<int64_t>(1, scratchLimit / (accumulatorBytes * taps * taskOut *
                                           channels * slices));
  if (slices == 1 && microseconds > 2 * machine.taskMicroseconds)
    most =
        std::min<int64_t>(most, std::max(1, parts(inChannels, channels) / 8));
  int taskIn = channels *
               static_cast<int>(std::min<int64_t>(most, inChannels / channels));
  return Parameters{{"channel_vectors", vectors},
                    {"in_channels", channels},
                    {"window_columns", columns},
                    {"window_rows", rows},
                    {"strip_rows", stripRows},
                    {"slices", slices},
                    {"task_in_channels", taskIn},
                    {"task_out_channels", taskOut},
                    {"parallel", microseconds > 2 * machine.taskMicroseconds}};
}

void Tiled::schedule(Builder &b, const Node &node) const {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b, &node);
  int inChannels = s.inPerGroup(), outChannels = s.outPerGroup();
  int lanes = lanesFor(outChannels, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, outChannels / lanes));
  int channels = static_cast<int>(b.parameter("in_channels", 1, inChannels));
  int columns =
      static_cast<int>(b.parameter("window_columns", 1, s.window.sizeX));
  int rows = static_cast<int>(b.parameter("window_rows", 1, s.window.sizeY));
  int taskIn =
      static_cast<int>(b.parameter("task_in_channels", channels, inChannels));
  int taskOut = static_cast<int>(
      b.parameter("task_out_channels", vectors * lanes, outChannels));
  bool parallel = b.parameter("parallel", 0, 1) != 0;
  int slices = addedSlices(b, node);
  bool sliced = slices > 1;
  bool copied = isComputed(b.spec, node, 1) && s.groups == 1;
  int stripRows = static_cast<int>(b.parameter("strip_rows", 1, s.outHeight));
  requireStack(accumulatorBytes * taskOut *
               (s.taps() * taskIn * slices +
                (copied ? int64_t{s.outWidth} * stripRows : 0)));

  // Tiles fill a task exactly: the sums are updates, which may not be computed
  // twice. Tasks, being copies of the sums, are shifted inwards where they do
  // not fill the tensor.
  if (taskOut % (vectors * lanes) || taskIn % channels ||
      s.window.sizeX % columns || s.window.sizeY % rows)
    throw NotApplicable("a tile does not divide its task");

  WeightGradientSums &sums = b.kept<WeightGradientSums>();
  Func &out = b.out(), &total = sums.total, &partial = b.anchor;
  std::vector<RVar> reduced = total.rvars();
  const RVar &strips = reduced[0], &images = reduced[1];
  Var coTask("co_task"), ciTask("ci_task"), task("task");
  FilterVariables of(node);
  Stage filter(out);
  filter.split(co, coTask, co, taskOut, TailStrategy::ShiftInwards)
      .split(ci, ciTask, ci, taskIn, TailStrategy::ShiftInwards)
      .reorder(co, ci, kx, of.ky, coTask, ciTask)
      .fuse(coTask, ciTask, task)
      .vectorize(co, lanes);
  if (b.groupChannels) // the outermost dimension
    filter.fuse(task, vg, task);
  if (of.slice)
    filter.fuse(task, *of.slice, task);
  if (parallel && !sliced)
    filter.parallel(task);

  Var coTile("co_tile"), ciTile("ci_tile"), kxTile("kx_tile"),
      kyTile("ky_tile");
  total.compute_at(out, task)
      .store_in(scratch)
      .bound_extent(co, taskOut)
      .bound_extent(ci, taskIn)
      .bound_extent(slice, slices);
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

  if (copied)
    sums.gradients.compute_at(total, strips)
        .store_in(scratch)
        .bound_extent(co, taskOut)
        .bound_extent(pixel, s.outWidth)
        .bound_extent(rowInStrip, stripRows)
        .bound_extent(strip, 1)
        .bound_extent(image, 1)
        .vectorize(co, lanes);
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

namespace strategies {
const Strategy &tiledWeightGradient() {
  static const Tiled strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
