//===- PointwiseConvolution.cpp - Convolutions by windows of one pixel ---===//
//
// Strategy "pointwise" of conv2d without strides or padding, and packed_conv2d,
// whose filter lies in the order of its use:
//   y[b,y,x,t*K + k] = sum over c of p[t,c,k] * x[b,y,x,c].
// What a tile of the result reads of x lies together, but the sum walks along
// all its pixels at once, too many streams for the hardware to read ahead:
// while it passes a line of each pixel's channels, it asks for that of the next
// tile.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

using namespace Halide;

namespace lathe::kernels {

/// Channels in a line of the caches.
static constexpr int lineChannels = 16;

namespace {
/// The product of a filter and the pixels of each image.
struct Product {
  Product(const KernelSpec &spec, const Node &node) {
    const std::vector<int64_t> &x = typeOf(spec, node.operands.at(0)).shape,
                               &w = typeOf(spec, node.operands.at(1)).shape,
                               &y = node.results.at(0).shape;
    packed = node.op == "packed_conv2d" ? w.back() : 0;
    if (x.size() != 4 || y.size() != 4 || w.size() != (packed ? 3u : 4u))
      throw NotApplicable(fmt::format("{} takes images", node.op));
    reduced = x[3], channels = y[3], width = y[2], height = y[1];
  }

  /// Whether tiles of so many channels are whole, and whole parts of what lies
  /// together.
  bool fits(int64_t tile) const {
    return channels % tile == 0 &&
           (!packed || packed % tile == 0 || tile % packed == 0);
  }
  double multiplyAdds() const {
    return static_cast<double>(width * height * channels) *
           static_cast<double>(reduced);
  }

  int64_t reduced, channels, width, height;
  int64_t packed; ///< channels that lie together in a packed filter, or 0
};
} // namespace

bool isPointwise(const KernelSpec &spec, const Convolution &s) {
  return s.groups == 1 && s.taps() == 1 && !s.window.padded() &&
         s.window.strideX == 1 && s.window.strideY == 1 && !s.onePixel() &&
         !followingPool(spec);
}

void buildPackedConv2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  Product p(b.spec, node);
  auto packed = static_cast<int>(p.packed);
  RDom r(0, static_cast<int>(p.reduced));
  Func sum("sum");
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) +=
      forEach(r, x.at({r, vx, vy, vn}) * w.at({vc % packed, r, vc / packed}));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) { return sum(i); };
}

namespace {
class Pointwise final : public Strategy {
public:
  Pointwise() : Strategy("pointwise", "for windows of one pixel") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &spec, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return imageTileCost(spec, schedule, machine);
  }
};
} // namespace

/// The pixels of a tile walk through L1 in step. Where their
/// channels are a power of two these lines compete for few sets, of eight ways
/// each, of which one is left for the filter.
static int64_t mostPixels(int64_t channelBytes) {
  constexpr int64_t wayBytes = 4096, ways = 8;
  return (ways - 1) * (wayBytes / std::gcd(channelBytes, wayBytes));
}

static RegisterTile tileOf(const Product &p, int64_t channelBytes,
                           const Machine &machine) {
  TiledSpace space{p.channels, p.width, p.height};
  space.maxPixels =
      static_cast<int>(std::min<int64_t>(mostPixels(channelBytes), 64));
  int lanes = lanesFor(p.channels, machine.lanes);
  RegisterTile tile = chooseTile(machine, space);
  while (p.packed && !p.fits(int64_t{tile.channelVectors} * lanes)) {
    space.maxVectors = tile.channelVectors - 1;
    tile = chooseTile(machine, space);
  }
  return tile;
}

std::optional<Parameters> Pointwise::defaults(const KernelSpec &spec,
                                              const Node &node,
                                              const Machine &machine) const {
  if (node.op == "conv2d" && !isPointwise(spec, convolutionOf(spec, node)))
    return std::nullopt;
  Product p(spec, node);
  RegisterTile tile =
      tileOf(p, elementBytes(spec, node, 0) * p.reduced, machine);
  int64_t tileChannels =
      int64_t{tile.channelVectors} * lanesFor(p.channels, machine.lanes);
  double microseconds = machine.multiplyAddMicroseconds(p.multiplyAdds());
  double task = machine.taskMicroseconds;
  if (spec.batch > 0)
    task = taskLength(machine, microseconds * static_cast<double>(spec.batch));
  int64_t tiles = p.channels / tileChannels;
  double tileMicroseconds = microseconds / static_cast<double>(tiles);
  // Where the filter is more than the images, each core reads only its part.
  bool tasksOfChannels = tiles > 1 && p.fits(tileChannels) && spec.batch > 0 &&
                         p.channels > spec.batch * p.height * p.width &&
                         tileMicroseconds > task / 4;
  // Tasks are longer where each reads the filter from beyond L2, which the
  // images share with it, as far as one is left for each core.
  bool isNear =
      elementBytes(spec, node, 1) * p.reduced * p.channels <= machine.l2 / 2;
  if (!isNear) {
    double whole =
        microseconds * static_cast<double>(spec.batch ? spec.batch : 32);
    task = std::clamp(whole / machine.cores, task, 16 * task);
  }
  int64_t rows = p.height;
  if (!tasksOfChannels && microseconds > 2 * task) {
    rows =
        static_cast<int64_t>(static_cast<double>(rows) * task / microseconds) +
        1;
    rows = std::min((rows + tile.rows - 1) / tile.rows * tile.rows, p.height);
  }
  return Parameters{
      {"channel_vectors", tile.channelVectors},
      {"columns", tile.columns},
      {"rows", tile.rows},
      {"unroll_channels", p.reduced % 4 ? 1 : 4},
      {"prefetch", p.reduced % lineChannels == 0},
      {"channels_inside", isNear && !tasksOfChannels},
      {"parallel_channels", tasksOfChannels},
      {"task_rows", rows},
      {"task_images", imagesPerTask(machine, tasksOfChannels ? tileMicroseconds
                                                             : microseconds)}};
}

namespace {
/// The parameters of the strategy.
struct Tiles {
  Tiles(const Builder &b, const Product &p)
      : lanes(lanesFor(p.channels, b.machine.lanes)),
        channels(lanes * get(b, "channel_vectors", 1, p.channels / lanes)),
        columns(get(b, "columns", 1, p.width)),
        rows(get(b, "rows", 1, p.height)),
        taskRows(get(b, "task_rows", 1, p.height)),
        taskImages(get(b, "task_images", 1, 1 << 30)),
        unrolled(get(b, "unroll_channels", 1, p.reduced)),
        prefetch(get(b, "prefetch", 0, 1)),
        inside(get(b, "channels_inside", 0, 1)),
        parallel(get(b, "parallel_channels", 0, 1)) {
    bool fits = p.fits(channels);
    // Shifted tiles compute elements again that another has computed, and with
    // another place in a tile comes another rounding: such tiles may not lie in
    // two tasks, where the last one to write depends on the threads.
    parallel = parallel && fits;
    taskRows = (taskRows + rows - 1) / rows * rows;
    if (p.height % rows || taskRows > p.height)
      taskRows = static_cast<int>(p.height);
    if (p.packed && !fits)
      throw NotApplicable("tiles do not divide the packed filter");
    if (p.reduced % unrolled || (prefetch && p.reduced % lineChannels) ||
        (prefetch && lineChannels % unrolled))
      throw NotApplicable("unroll_channels does not divide the sum");
  }

  int lanes, channels, columns, rows, taskRows, taskImages, unrolled;
  bool prefetch, inside, parallel;

private:
  static int get(const Builder &b, const char *name, int64_t low,
                 int64_t high) {
    return static_cast<int>(b.parameter(name, low, high));
  }
};
} // namespace

static void scheduleTasks(Builder &b, const Product &p, const Tiles &t) {
  Var cTile("c_tile"), xTile("x_tile"), yTile("y_tile"), strip("strip"),
      task("task"), image("image");
  TailStrategy shifted = TailStrategy::ShiftInwards;
  Stage stage(b.out());
  stage
      .split(vc, cTile, vc, t.channels,
             p.fits(t.channels) ? TailStrategy::RoundUp : shifted)
      .split(vx, xTile, vx, t.columns, shifted)
      .split(vy, strip, vy, t.taskRows, shifted)
      .split(vy, yTile, vy, t.rows, shifted)
      .split(vn, task, image, t.taskImages, TailStrategy::GuardWithIf);
  // One channel tile's weights serve all pixels of a task before the next
  // tile's are touched, or a tile of pixels meets all weights.
  if (t.inside)
    stage.reorder({vc, vx, vy, cTile, xTile, yTile, image, strip, task});
  else
    stage.reorder({vc, vx, vy, xTile, yTile, image, cTile, strip, task});
  stage.fuse(strip, task, task);
  if (t.parallel && !t.inside) {
    Var both("both");
    stage.fuse(cTile, task, both).parallel(both);
  } else {
    stage.parallel(task);
  }
  stage.vectorize(vc, t.lanes).unroll(vc).unroll(vx).unroll(vy);
  b.anchor.compute_at(b.out(), t.inside ? cTile : xTile)
      .store_in(scratch)
      .bound_extent(vx, t.columns)
      .bound_extent(vy, t.rows);
}

void Pointwise::schedule(Builder &b, const Node &node) const {
  if (node.op == "conv2d" && !isPointwise(b.spec, convolutionOf(b.spec, node)))
    throw NotApplicable("'pointwise' takes windows of one pixel, without "
                        "strides, padding, groups or a pooling behind it");
  requireImages(b, &node);
  Product p(b.spec, node);
  Tiles t(b, p);
  scheduleTasks(b, p, t);

  Stage zero(b.anchor), sum = b.anchor.update();
  zero.vectorize(vc, t.lanes).unroll(vc).unroll(vx).unroll(vy);
  RVar channel = b.domain.x, line("line"), rest("rest"), step("step");
  if (t.prefetch)
    sum.split(channel, line, channel, lineChannels);
  sum.split(channel, rest, step, t.unrolled);
  std::vector<VarOrRVar> order = {vc, vx, vy, step, rest};
  if (t.prefetch)
    order.push_back(line);
  sum.reorder(order).unroll(step);
  if (t.prefetch)
    b.prefetch(sum, node, 0, line,
               t.columns * static_cast<int>(p.reduced) / lineChannels);
  sum.vectorize(vc, t.lanes).unroll(vc).unroll(vx).unroll(vy);
}

namespace strategies {
const Strategy &pointwiseConv2D() {
  static const Pointwise strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
