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
#include "compiler/kernels/Naive.h"
#include "compiler/kernels/strategies/WeightGradient.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

// Dimensions of dw, fastest first, are co, ci, kx, ky: vc, vx, vy, vn.
static const Var &co = vc, &ci = vx, &kx = vy, &ky = vn;
static const Var slice("slice"), strip("strip"), image("image");
static const Var pixel("pixel"), rowInStrip("row_in_strip");

void buildConv2DBackwardWeights(Builder &b, const Node &node, int firstResult) {
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

  b.keep(WeightGradientSums{total, gradients});
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

int64_t filterBytes(const Convolution &s) {
  return accumulatorBytes * s.taps() * s.inPerGroup() * s.outChannels;
}

int largestDivisor(int size, int limit) {
  int part = std::clamp(limit, 1, size);
  while (size % part)
    --part;
  return part;
}

int64_t weightGradientSlices(const KernelSpec &spec, const Machine &machine) {
  const Node &node = leadingNode(spec);
  Convolution s = convolutionOf(spec, node);
  if (spec.batch < 2 || filterBytes(s) <= smallSums(machine))
    return 1;
  KernelSpec sliced = spec;
  sliced.nodes[0].attributes["slices"] = int64_t{2};
  std::vector<int64_t> &shape = sliced.nodes[0].results[0].shape;
  shape.insert(shape.begin(), 2);
  const Node &gradient = sliced.nodes[0];
  const auto &strategy = static_cast<const WeightGradient &>(
      preferredStrategy(sliced, gradient, machine));
  auto batch = static_cast<double>(spec.batch);
  auto bytes = static_cast<double>(filterBytes(s));
  double products = machine.multiplyAddMicroseconds(batch * s.multiplyAdds()) /
                    strategy.speedup();
  double read =
      batch *
      (double(elementBytes(spec, node, 0)) * s.height * s.width * s.inChannels +
       double(elementBytes(spec, node, 1)) * s.outHeight * s.outWidth *
           s.outChannels) /
      machine.memoryBandwidth;
  double microseconds = std::max(products, read);
  // A slice's sums are written once and read once.
  double ofSums = 2 * bytes / machine.streamBandwidth +
                  strategy.microsecondsOfSums(machine, bytes);
  // Sums may take more where cores would have nothing else to do.
  constexpr double mostForSums = 0.15, mostOfIdleCores = 0.3, tasksPerCore = 4;
  auto blocks = static_cast<double>(strategy.blocks(
      s, *strategy.defaults(sliced, gradient, machine), machine));
  double most =
      std::min({tasksPerCore * machine.cores / blocks,
                microseconds / machine.taskMicroseconds / blocks,
                std::max(mostForSums * microseconds / ofSums,
                         std::min(machine.cores / blocks,
                                  mostOfIdleCores * microseconds / ofSums)),
                batch});
  if (most < 2)
    return 1;
  // Slices of as many images each.
  int64_t images = parts(spec.batch, static_cast<int64_t>(most));
  return parts(spec.batch, images);
}

} // namespace lathe::kernels
