//===- Conv2D.cpp - Two-dimensional convolution --------------------------===//
//
// y[b,y,x,co] = sum over ky, kx, ci of w[ky,kx,ci,co] *
//               x[b, y*sy - top + ky*ey, x*sx - left + kx*ex, ci + first],
// e being the dilations, and elements outside the image zero. With groups, ci
// counts from the `first` channel of the group of co.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Naive.h"
#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static TiledSpace spaceOf(const KernelSpec &spec, const Convolution &s);

/// A channel tile's weights lie strided in memory. Many are better copied
/// together, block by block: loops over 295 KB of them ran at a third of the
/// peak with an L1 of 48 KB and an L2 of 1 MB.
bool weightsStray(const KernelSpec &spec, const Node &node,
                  const Machine &machine) {
  Convolution s = convolutionOf(spec, node);
  RegisterTile tile = chooseTile(machine, spaceOf(spec, s));
  int64_t tileBytes = s.taps() * s.inPerGroup() * tile.channelVectors *
                      lanesFor(s.outPerGroup(), machine.lanes) *
                      elementBytes(spec, node, 1);
  return tileBytes > machine.l2 / 4;
}

namespace {
/// A matrix product, the batch being its rows.
class OnePixel final : public Strategy {
public:
  OnePixel() : Strategy("gemm", "for images of one pixel") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override {
    Convolution s = convolutionOf(spec, node);
    if (!s.onePixel())
      return std::nullopt;
    return gemmParameters(machine, s.outChannels, s.inChannels,
                          elementBytes(spec, node, 1), spec.batch);
  }
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override {
    Convolution s = convolutionOf(b.spec, node);
    requireImages(b);
    scheduleGemm(b, s.outChannels, s.inChannels);
  }
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t samples) const override {
    return gemmCost(schedule, machine, samples);
  }
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

void OnePixel::build(Builder &b, const Node &node, int firstResult) const {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  if (!convolutionOf(b.spec, node).onePixel())
    throw NotApplicable("'gemm' takes images of one pixel");
  RDom r(0, static_cast<int>(x.size(0)));
  Func sum("sum");
  sum(vc, vn) = 0.0f;
  // A tile's rows beyond the batch repeat the last row and are not written.
  Expr image = min(vn, b.extent(x.size(3)) - 1);
  sum(vc, vn) += forEach(r, x.at({r, 0, 0, image}) * w.at({vc, r, 0, 0}));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) { return sum(i[0], i[3]); };
}

void buildConv2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  Convolution s = convolutionOf(b.spec, node);
  if (s.groups > 1)
    b.groupChannels = s.outPerGroup();

  RDom r(Region{{0, s.inPerGroup()}, {0, s.window.sizeX}, {0, s.window.sizeY}});
  Expr in = r.x, out = vc;
  if (s.groups > 1) {
    in = vg * s.inPerGroup() + r.x;
    out = vg * s.outPerGroup() + vc;
  }
  Expr element = seenElement(b, s, x, in, r.y, r.z, r);

  Func sum("sum");
  sum(b.imageVariables()) = sumStart(b);
  sum(b.imageVariables()) +=
      forEach(r, product(b, element, w.at({out, r.x, r.y, r.z})));
  b.anchor = sum;
  b.domain = r;
  const Builder *builder = &b;
  b.values[firstResult].at = [sum, builder](const Index &i) {
    return builder->atImage(sum, i);
  };
}

static TiledSpace spaceOf(const KernelSpec &spec, const Convolution &s) {
  const TensorType &out = typeOf(spec, spec.results.at(0));
  TiledSpace space{s.outPerGroup(), out.shape.at(2), out.shape.at(1)};
  widenByPool(spec, space);
  // Of a single channel all taps of a row are one body, which loads what they
  // share once.
  space.sharedBroadcasts = s.inPerGroup() == 1 && s.window.sizeX > 1;
  // The few channels of a group leave no work to hide the borders' tests in.
  if (s.groups > 1)
    space.maxRows = 1;
  return space;
}

std::optional<Parameters> Direct::defaults(const KernelSpec &spec,
                                           const Node &node,
                                           const Machine &machine) const {
  Convolution s = convolutionOf(spec, node);
  TiledSpace space = spaceOf(spec, s);
  RegisterTile tile = chooseTile(machine, space);
  double microseconds = machine.multiplyAddMicroseconds(s.multiplyAdds());
  double task = machine.taskMicroseconds;
  if (spec.batch > 0)
    task = taskLength(machine, microseconds * static_cast<double>(spec.batch));
  int64_t rows = space.height;
  if (microseconds > 2 * task) {
    double tasks = microseconds / task;
    rows = static_cast<int64_t>(static_cast<double>(rows) / tasks) + 1;
    rows =
        std::min((rows + tile.rows - 1) / tile.rows * tile.rows, space.height);
  }
  // Where the weights are more than the images, each core reads only its part
  // of them.
  int64_t tiles = s.outPerGroup() / (int64_t{tile.channelVectors} *
                                     lanesFor(s.outPerGroup(), machine.lanes));
  double tileMicroseconds = microseconds / static_cast<double>(tiles);
  bool tasksOfChannels =
      s.groups == 1 && tiles > 1 &&
      s.outPerGroup() % (tile.channelVectors * machine.lanes) == 0 &&
      s.taps() * s.outChannels > spec.batch * s.height * s.width &&
      spec.batch > 0 && tileMicroseconds > task / 4;
  if (tasksOfChannels)
    rows = space.height;
  // The body is unrolled over few input channels, as long as it stays some
  // hundred multiply-adds long. Not over the window's columns as well: what
  // their taps share would be kept in registers that the accumulators need.
  int64_t body = tile.channelVectors *
                 ((tile.columns - 1) * space.stepX + space.sizeX) *
                 ((tile.rows - 1) * space.stepY + space.sizeY);
  int64_t unrollChannels = 1, unrollColumns = 0;
  if (body * s.window.sizeX * s.inPerGroup() <= 256 && s.inPerGroup() <= 4) {
    unrollColumns = s.inPerGroup() == 1;
    unrollChannels = s.inPerGroup();
  } else if (tasksOfChannels && s.taps() == 1 && s.inPerGroup() % 4 == 0) {
    unrollChannels = 4;
  }
  return Parameters{
      {"channel_vectors", tile.channelVectors},
      {"columns", tile.columns},
      {"rows", tile.rows},
      {"unroll_channels", unrollChannels},
      {"unroll_window_columns", unrollColumns},
      {"unroll_window_rows", 0},
      {"parallel_channels", tasksOfChannels},
      {"task_rows", rows},
      {"task_images",
       imagesPerTask(machine,
                     (tasksOfChannels ? tileMicroseconds : microseconds) *
                         machine.taskMicroseconds / task)}};
}

void Direct::schedule(Builder &b, const Node &node) const {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b);
  const TensorType &type = b.resultType();
  TiledSpace space{s.outPerGroup(), type.shape[2], type.shape[1]};
  widenByPool(b.spec, space);
  scheduleDirectConvolution(b, space, s.inPerGroup(), {});
}

namespace strategies {
const Strategy &directConv2D() {
  static const Direct strategy;
  return strategy;
}

const Strategy &onePixelConv2D() {
  static const OnePixel strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
