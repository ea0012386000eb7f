//===- Conv2DBackwardWeights.cpp - Gradient of a convolution's weights ---===//
//
// dw[ky,kx,ci,co] = sum over b, y, x of dy[b,y,x,co] *
//                   x[b, y*sy - top + ky*ey, x*sx - left + kx*ex, ci + first],
// e being the dilations. With groups, ci counts from the `first` channel of the
// group of co.
//
// The sum is a fixed tree: over the positions of a strip of rows in registers,
// over strips and images in a task's scratch, and over `slices` of the batch at
// the end, unless the node's attribute `slices` keeps them apart. Only the
// shapes and the machine planned for decide where it is cut.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Advice.h"
#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Naive.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
int parts(int64_t extent, int64_t part) {
  return static_cast<int>((extent + part - 1) / part);
}

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

void buildConv2DBackwardWeights(Builder &b, const Node &node, int firstResult) {
  if (b.chosen.strategy == "winograd")
    return buildWinogradBackwardWeights(b, node, firstResult);
  Value x = b.operand(node, 0), dy = b.operand(node, 1);
  Convolution s = convolutionOf(b.spec, node);
  const Window &window = s.window;
  if (s.groups > 1)
    b.groupChannels = s.outPerGroup();
  int stripRows = s.outHeight, slices = 1, windowColumns = 1, windowRows = 1;
  int64_t apart = slicesOf(node);
  if (!isNaive(b.chosen)) {
    stripRows = static_cast<int>(b.parameter("strip_rows", 1, s.outHeight));
    slices = addedSlices(b, node);
    windowColumns =
        static_cast<int>(b.parameter("window_columns", 1, window.sizeX));
    windowRows = static_cast<int>(b.parameter("window_rows", 1, window.sizeY));
  }
  if (apart)
    slices = static_cast<int>(apart);

  // Where one tap at a time is summed, the loops stop at the border; else each
  // element asks.
  RDom r(Region{{0, s.outWidth}, {0, stripRows}});
  Expr outRow = strip * stripRows + r.y;
  Expr column = r.x * window.strideX + kx * window.dilationX - window.left;
  Expr row = outRow * window.strideY + ky * window.dilationY - window.top;
  if (s.outHeight % stripRows)
    r.where(outRow < s.outHeight);
  Expr inside;
  auto border = [&](Expr &position, int extent, bool loopStops) {
    Expr valid = position >= 0 && position < extent;
    if (loopStops)
      r.where(valid);
    else
      inside = inside.defined() ? inside && likely(valid) : likely(valid);
    position = clamp(position, 0, extent - 1);
  };
  if (window.left || window.right)
    border(column, s.width, windowColumns == 1);
  if (window.top || window.bottom)
    border(row, s.height, windowRows == 1);
  Expr in = ci, out = co;
  if (s.groups > 1) {
    in = vg * s.inPerGroup() + ci;
    out = vg * s.outPerGroup() + co;
  }
  Expr element = x.at({in, column, row, image});
  if (inside.defined())
    element = select(inside, element, 0.0f);

  Func partial("partial"), total("total"), result("result");
  // The dimensions of the filter, in groups or not, before others.
  auto with = [&b](const Index &others) {
    std::vector<Var> filter = b.imageVariables();
    Index index(filter.begin(), filter.end());
    index.insert(index.end(), others.begin(), others.end());
    return index;
  };
  auto gradientAt = [&](const Expr &channel, const Expr &x, const Expr &y) {
    Expr row = strip * stripRows + y;
    return dy.at({channel, x, min(row, s.outHeight - 1), image});
  };
  // What is computed on the way in is computed once for all taps.
  bool copied = isComputed(b.spec, node, 1) && s.groups == 1;
  Func gradients("gradients");
  gradients(co, pixel, rowInStrip, strip, image) =
      gradientAt(co, pixel, rowInStrip);
  partial(with({strip, image})) = sumStart(b);
  partial(with({strip, image})) +=
      forEach(r, product(b, element,
                         copied ? Expr(gradients(co, r.x, r.y, strip, image))
                                : gradientAt(out, r.x, r.y)));

  Expr images = b.extent(x.size(3));
  Expr perSlice = (images + slices - 1) / slices;
  RDom all(Region{{0, parts(s.outHeight, stripRows)}, {0, perSlice}});
  Expr number = slice * perSlice + all.y;
  if (slices > 1)
    all.where(number < images);
  total(with({slice})) = sumStart(b);
  total(with({slice})) += partial(with({all.x, slices > 1 ? number : all.y}));

  b.helpers = {total, gradients};
  b.anchor = partial;
  b.domain = r;
  bool grouped = s.groups > 1;
  b.values[firstResult].at = [=](const Index &i) {
    auto of = [&](const Expr &number) {
      Index index = {grouped ? Expr(co) : i[0], i[1], i[2], i[3]};
      if (grouped)
        index.push_back(vg);
      index.push_back(number);
      return total(index);
    };
    if (apart)
      return cast<float>(of(i.at(4)));
    Expr sum = of(0);
    for (int other = 1; other < slices; ++other)
      sum += of(other);
    return cast<float>(sum);
  };
}

/// Sums of this size in bytes are added up on the stack of a task.
static int64_t smallSums(const Machine &machine) { return machine.l1 / 6; }

/// Bytes of the whole filter.
static int64_t sumBytes(const Convolution &s) {
  return 4 * s.taps() * s.inPerGroup() * s.outChannels;
}

/// Tasks of the schedule, in each slice.
static int64_t blocksOf(const Convolution &s, const Schedule &schedule,
                        const Machine &machine) {
  auto value = [&](const char *name, int64_t otherwise) {
    auto it = schedule.parameters.find(name);
    return it == schedule.parameters.end() ? otherwise : it->second;
  };
  if (s.depthwise())
    return parts(s.groups, value("task_channels", s.groups));
  int64_t vector = lanesFor(s.outPerGroup(), machine.lanes);
  return parts(s.inPerGroup(), value("task_in_channels", s.inPerGroup())) *
         parts(s.outPerGroup(), value("task_out_channels",
                                      value("channel_vectors", 1) * vector)) *
         s.groups;
}

int64_t weightGradientSlices(const KernelSpec &spec, const Machine &machine) {
  const Node &node = leadingNode(spec);
  Convolution s = convolutionOf(spec, node);
  if (spec.batch < 2 || sumBytes(s) <= smallSums(machine))
    return 1;
  KernelSpec sliced = spec;
  sliced.nodes[0].attributes["slices"] = int64_t{2};
  std::vector<int64_t> &shape = sliced.nodes[0].results[0].shape;
  shape.insert(shape.begin(), 2);
  Schedule schedule = defaultSchedule(sliced, machine);
  auto batch = static_cast<double>(spec.batch);
  auto bytes = static_cast<double>(sumBytes(s));
  bool winograd = schedule.strategy == "winograd";
  // F(4x4, 3x3) has a quarter of the products, and transforms besides.
  double products = machine.multiplyAddMicroseconds(batch * s.multiplyAdds()) /
                    (winograd ? 2.25 : 1);
  double read = 4 * batch *
                (double(s.height) * s.width * s.inChannels +
                 double(s.outHeight) * s.outWidth * s.outChannels) /
                machine.memoryBandwidth;
  double microseconds = std::max(products, read);
  // A slice's sums are written once and read once; those of 36 frequencies are
  // zeroed and transformed before, in L2.
  double ofSums = 2 * bytes / machine.streamBandwidth +
                  (winograd ? 8 * bytes / machine.l2Bandwidth : 0);
  constexpr double mostForSums = 0.15, tasksPerCore = 4;
  auto blocks = static_cast<double>(blocksOf(s, schedule, machine));
  double most = std::min({tasksPerCore * machine.cores / blocks,
                          microseconds / machine.taskMicroseconds / blocks,
                          mostForSums * microseconds / ofSums, batch});
  if (most < 2)
    return 1;
  // Slices of as many images each.
  int64_t images = parts(spec.batch, static_cast<int64_t>(most));
  return parts(spec.batch, images);
}

Schedule conv2DBackwardWeightsDefault(const KernelSpec &spec, const Node &node,
                                      const Machine &machine) {
  Convolution s = convolutionOf(spec, node);
  // All filters of a vector of channels are on the stack together.
  if (s.depthwise() &&
      s.taps() * s.outPerGroup() * machine.lanes * 4 <= scratchLimit)
    return depthwiseConv2DBackwardWeightsDefault(spec, node, machine);
  if (std::optional<Schedule> schedule =
          winogradBackwardWeightsDefault(spec, node, machine))
    return *schedule;
  return tiledBackwardWeightsDefault(spec, node, machine);
}

/// A power of two: threads get as many each.
static int slicesOnStack(int64_t bytes, double microseconds,
                         const Machine &machine) {
  int64_t most =
      std::min({int64_t{4} * machine.cores, usualStack / bytes, int64_t{64},
                static_cast<int64_t>(microseconds / machine.taskMicroseconds)});
  int slices = 2;
  while (2 * slices <= most)
    slices *= 2;
  return slices;
}

Schedule tiledBackwardWeightsDefault(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) {
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
  int64_t bytes = sumBytes(s);
  auto batch = static_cast<double>(spec.batch ? spec.batch : 32);
  double microseconds =
      machine.multiplyAddMicroseconds(batch * s.multiplyAdds());
  int slices = 1;
  if (microseconds > 2 * machine.taskMicroseconds && !apart) {
    if (bytes <= smallSums(machine))
      slices = slicesOnStack(bytes, microseconds, machine);
    else if (inChannels < channels * 2 && spec.batch >= 4 &&
             4 * bytes <= usualStack)
      slices = 4;
  }
  if (inChannels < 2 * channels && outChannels < 2 * vectors * lanes &&
      slices == 1 && !apart)
    vectors = std::max(1, vectors / 2);
  while (taps * vectors * lanes * channels * 4 > usualStack && channels > 1)
    channels = bestPart(inChannels, channels - 1);
  while (taps * vectors * lanes * 4 > usualStack && vectors > 1)
    --vectors;
  auto divisor = [](int size, int limit) {
    int part = std::clamp(limit, 1, size);
    while (size % part)
      --part;
    return part;
  };
  int columns = divisor(s.window.sizeX, budget / (vectors * channels));
  int rows =
      columns < s.window.sizeX
          ? 1
          : divisor(s.window.sizeY, budget / (vectors * channels * columns));

  // A strip of rows of both operands stays in L1.
  int64_t rowBytes = 4 * (int64_t{s.outWidth} * outChannels +
                          int64_t{s.width} * inChannels * s.window.strideY);
  int strips =
      parts(s.outHeight,
            std::clamp<int64_t>(machine.l1 * 5 / 6 / rowBytes, 1, s.outHeight));
  int stripRows = parts(s.outHeight, strips);

  int tileOut = vectors * lanes;
  int taskOut = outChannels / tileOut * tileOut;
  if (inChannels < 2 * channels && slices == 1 && !apart)
    taskOut = parts(parts(taskOut, 2), tileOut) * tileOut;
  while (taps * taskOut * channels * 4 > scratchLimit / 2 && taskOut > tileOut)
    taskOut = parts(parts(taskOut, 2), tileOut) * tileOut;
  int64_t most = std::max<int64_t>(
      1, scratchLimit / (taps * taskOut * channels * 4 * slices));
  if (slices == 1 && microseconds > 2 * machine.taskMicroseconds)
    most =
        std::min<int64_t>(most, std::max(1, parts(inChannels, channels) / 8));
  int taskIn = channels *
               static_cast<int>(std::min<int64_t>(most, inChannels / channels));
  return {"tiled",
          {{"channel_vectors", vectors},
           {"in_channels", channels},
           {"window_columns", columns},
           {"window_rows", rows},
           {"strip_rows", stripRows},
           {"slices", slices},
           {"task_in_channels", taskIn},
           {"task_out_channels", taskOut},
           {"parallel", microseconds > 2 * machine.taskMicroseconds}}};
}

void scheduleConv2DBackwardWeights(Builder &b, const Node &node) {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b, &node);
  if (b.chosen.strategy == "depthwise")
    return scheduleDepthwiseConv2DBackwardWeights(b, node);
  if (b.chosen.strategy == "winograd")
    return scheduleWinogradBackwardWeights(b, node);
  if (b.chosen.strategy != "tiled")
    throw NotApplicable(
        "conv2d_backward_weights has the strategies 'tiled', for 3x3 windows "
        "'winograd' and, with a channel in each group, 'depthwise'");
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
  requireStack(4 * taskOut *
               (s.taps() * taskIn * slices +
                (copied ? int64_t{s.outWidth} * stripRows : 0)));

  // Tiles fill a task exactly: the sums are updates, which may not be computed
  // twice. Tasks, being copies of the sums, are shifted inwards where they do
  // not fill the tensor.
  if (taskOut % (vectors * lanes) || taskIn % channels ||
      s.window.sizeX % columns || s.window.sizeY % rows)
    throw NotApplicable("a tile does not divide its task");

  Func &out = b.out(), &total = b.helpers[0], &partial = b.anchor;
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
    b.helpers[1]
        .compute_at(total, strips)
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

} // namespace lathe::kernels
