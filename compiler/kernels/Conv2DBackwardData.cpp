//===- Conv2DBackwardData.cpp - Gradient of a convolution's images -------===//
//
// dx[b,y,x,ci] = sum over ky, kx, co of w[ky,kx,ci,co] *
//                dy[b, (y + top - ky*ey) / sy, (x + left - kx*ex) / sx, co]
// where the divisions are exact and the positions lie in dy; elsewhere the term
// is zero. Gathered like a forward convolution, so that it needs no order. The
// dilations are e; with groups, co runs over the filters of the group of ci.
//
// Lanes run over ci, along which the weights are strided: each task first
// copies a channel tile's weights to its stack, transposed. Tiles unroll the
// window's columns; with whole strides of columns in a tile the exactness of a
// division is known when the kernel is compiled, and no zero is ever
// multiplied.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Naive.h"
#include "compiler/kernels/Unrolling.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static TiledSpace spaceOf(const Convolution &s) {
  TiledSpace space{s.inPerGroup(), s.width, s.height};
  space.columnsMultiple = std::min(s.window.strideX, s.width);
  // One row at a time, its loop over the taps stops at the borders. With 28
  // accumulators in 32 registers besides the broadcasts, spilling halved the
  // speed.
  space.maxRows = 1;
  space.sharedBroadcasts = s.window.sizeX > 1;
  return space;
}

/// Bytes of the transposed weights of a vector of channels.
static int64_t vectorBytes(const KernelSpec &spec, const Node &node,
                           const Machine &machine) {
  Convolution s = convolutionOf(spec, node);
  return elementBytes(spec, node, 1) * s.taps() * s.outPerGroup() *
         lanesFor(s.inPerGroup(), machine.lanes);
}

namespace {
/// The weights of a channel tile, copied.
struct Transposed {
  Func weights;
};

class Direct final : public Strategy {
public:
  Direct() : Strategy("direct") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &spec, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return imageTileCost(spec, schedule, machine);
  }
};
} // namespace

void buildConv2DBackwardData(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), w = b.operand(node, 1);
  Convolution s = convolutionOf(b.spec, node);
  if (s.groups > 1)
    b.groupChannels = s.inPerGroup();

  RDom r(
      Region{{0, s.outPerGroup()}, {0, s.window.sizeX}, {0, s.window.sizeY}});
  Expr out = r.x;
  if (s.groups > 1)
    out = vg * s.outPerGroup() + r.x;
  Expr element = seeingElement(b, s, dy, out, r.y, r.z, r);

  Var vo("co"), vkx("kx"), vky("ky");
  Func weights("weights"), sum("sum");
  std::vector<Var> copied = {vc, vo, vkx, vky};
  Index of = {vc, r.x, r.y, r.z};
  Expr filter = vo;
  if (s.groups > 1) {
    copied.push_back(vg);
    of.push_back(vg);
    filter = vg * s.outPerGroup() + vo;
  }
  weights(copied) = w.at({filter, vc, vkx, vky});
  sum(b.imageVariables()) = sumStart(b);
  sum(b.imageVariables()) += product(b, element, weights(of));
  b.anchor = sum;
  b.domain = r;
  b.keep(Transposed{weights});
  const Builder *builder = &b;
  b.values[firstResult].at = [sum, builder](const Index &i) {
    return builder->atImage(sum, i);
  };
}

bool transposesTooMuch(const KernelSpec &spec, const Node &node,
                       const Machine &machine) {
  Convolution s = convolutionOf(spec, node);
  // One vector of channels alone reads a broadcast for each multiply-add.
  return vectorBytes(spec, node, machine) > scratchLimit / 2 &&
         s.inPerGroup() > lanesFor(s.inPerGroup(), machine.lanes);
}

std::optional<Parameters> Direct::defaults(const KernelSpec &spec,
                                           const Node &node,
                                           const Machine &machine) const {
  Convolution s = convolutionOf(spec, node);
  TiledSpace space = spaceOf(s);
  int lanes = lanesFor(s.inPerGroup(), machine.lanes);
  int64_t taps = int64_t{1} * s.window.sizeX * s.window.sizeY * s.outPerGroup();
  // Vectors whose transposed weights fit the stack.
  int64_t vectors =
      std::max<int64_t>(1, scratchLimit / vectorBytes(spec, node, machine));
  space.channels = std::min<int64_t>(s.inPerGroup(), vectors * lanes);
  RegisterTile tile = chooseTile(machine, space);
  // A small image in one tile, all taps unrolled: each border is known when the
  // kernel is compiled, and a weight is read once for each image.
  int64_t pixels = int64_t{1} * s.width * s.height;
  int64_t body = pixels * s.window.sizeX * s.window.sizeY;
  bool whole = s.height > 1 && pixels <= machine.registers - 4 && body <= 256;
  if (whole)
    tile = {1, s.width, s.height};

  // Of strided windows only the taps that meet a column are left of the code.
  bool unrollColumns = s.window.sizeX <= longestUnrolled ||
                       (s.window.strideX > 1 && s.window.sizeX <= 32 &&
                        tile.columns * s.window.sizeX <= 1024);

  // A task is one channel tile of some rows or images. Transposing its weights
  // takes about 1.5 cycles each: it works sixteen times longer than
  // that.
  double weights = static_cast<double>(taps * tile.channelVectors * lanes);
  double microseconds = machine.multiplyAddMicroseconds(
      weights * static_cast<double>(s.outHeight * s.outWidth));
  double task =
      std::max(machine.taskMicroseconds, 16 * machine.cycles(1.5) * weights);
  // Tasks of few channels would share their cache lines: one does all groups.
  bool parallelChannels = s.groups == 1 || s.inPerGroup() >= 16;
  if (!parallelChannels)
    microseconds *= s.groups;
  int64_t rows = s.height;
  if (microseconds > 2 * task) {
    rows =
        static_cast<int64_t>(static_cast<double>(rows) * task / microseconds) +
        1;
    rows = std::min<int64_t>((rows + tile.rows - 1) / tile.rows * tile.rows,
                             s.height);
  }
  return Parameters{
      {"channel_vectors", tile.channelVectors},
      {"columns", tile.columns},
      {"rows", tile.rows},
      {"unroll_channels", 1},
      {"unroll_window_columns", unrollColumns},
      {"unroll_window_rows", whole},
      {"parallel_channels", parallelChannels},
      {"task_rows", rows},
      {"task_images",
       imagesPerTask(machine, microseconds * machine.taskMicroseconds / task)}};
}

void Direct::schedule(Builder &b, const Node &node) const {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b, &node);
  requireStack(vectorBytes(b.spec, node, b.machine) *
               b.parameter("channel_vectors", 1, 64));
  Func &weights = b.kept<Transposed>().weights;
  scheduleDirectConvolution(b, spaceOf(s), s.outPerGroup(), {weights});
  weights.unroll(vc);
}

namespace strategies {
const Strategy &directConv2DBackwardData() {
  static const Direct strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
