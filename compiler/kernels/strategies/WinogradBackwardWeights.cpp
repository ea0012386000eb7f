//===- WinogradBackwardWeights.cpp - Gradients of 3x3 filters ------------===//
//
// The forward convolution is y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A for each tile of
// 4x4 outputs and each pair of channels, summed over input channels. It is
// linear in g, so the gradient is
//
//   dg = Gᵀ (Σ_tiles (Bᵀ d B) ⊙ (A dy Aᵀ)) G
//
// The sums over tiles are 36 matrix products, input channels by output
// channels. A task holds those of a block of channels on its stack and walks
// over the tiles of all images (of a slice of the batch), a group of tiles at a
// time. Only the shapes decide where the sum is cut.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Winograd.h"
#include "compiler/kernels/strategies/Strategies.h"
#include "compiler/kernels/strategies/WeightGradient.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

using namespace winograd;

namespace {
constexpr Matrix<inTile, outTile> gradientTransform =
    transposed(resultTransform);
constexpr Matrix<3, inTile> sumTransform = transposed(filterTransform);

// Dimensions of dw, fastest first, are co, ci, kx, ky.
const Var &co = vc, &ci = vx, &kx = vy, &ky = vn;
const Var t("t"), k("k"), i("i"), j("j"), px("px"), py("py"), slice("slice"),
    part("part");
const Var gx("gx"), gy("gy"), image("image");

bool applies(const Convolution &s) {
  const Window &w = s.window;
  return s.groups == 1 && w.sizeX == 3 && w.sizeY == 3 && w.strideX == 1 &&
         w.strideY == 1 && w.dilationX == 1 && w.dilationY == 1;
}

int64_t stackBytes(int64_t in, int64_t out, int64_t columns, int64_t rows,
                   int64_t slices) {
  int64_t tiles = columns * rows;
  return accumulatorBytes *
         (frequencies * (in * out * slices + tiles * (in + out)) +
          (outTile * columns + 2) * (outTile * rows + 2) * in);
}

/// The gradient from the sums of 36 frequencies, and the transforms of images
/// and of gradients, each from the last step to the first.
struct Functions {
  Func half, sums;
  Func v, imageRows, pixels;
  Func w, gradientRows, gradients;
};

class Winograd final : public WeightGradient {
public:
  Winograd() : WeightGradient("winograd", "for 3x3 windows") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return registerTileCost(machine, parameterOf(schedule, "channel_vectors"),
                            parameterOf(schedule, "in_channels"));
  }
  double speedup() const override { return winograd::speedup; }
  int64_t blocks(const Convolution &s, const Parameters &parameters,
                 const Machine &machine) const override {
    int64_t vector = lanesFor(s.outPerGroup(), machine.lanes);
    return parts(s.inPerGroup(), parameters.at("task_in_channels")) *
           parts(s.outPerGroup(), parameters.at("channel_vectors") * vector);
  }
  double microsecondsOfSums(const Machine &machine,
                            double bytes) const override {
    // Those of 36 frequencies are zeroed and transformed, in L2.
    return 8 * bytes / machine.l2Bandwidth;
  }
};
} // namespace

void Winograd::build(Builder &b, const Node &node, int firstResult) const {
  Value x = b.operand(node, 0), dy = b.operand(node, 1);
  Convolution s = convolutionOf(b.spec, node);
  if (!applies(s))
    throw NotApplicable("strategy 'winograd' takes 3x3 windows with strides "
                        "and dilations of 1, without groups");
  int columns = static_cast<int>(b.parameter("tiles_x", 1, 64));
  int rows = static_cast<int>(b.parameter("tiles_y", 1, 64));
  bool apart = slicesOf(node) > 0;
  int slices = apart ? static_cast<int>(slicesOf(node)) : addedSlices(b, node);

  // The pixels under a group of tiles, and the gradient of a tile; zero outside
  // the images.
  Func pixels("pixels"), imageRows("image_rows"), v("v");
  Expr column = gx * (outTile * columns) + px - s.window.left;
  Expr row = gy * (outTile * rows) + py - s.window.top;
  Expr inside = likely(column >= 0 && column < s.width) &&
                likely(row >= 0 && row < s.height);
  pixels(ci, px, py, gx, gy, image) =
      select(inside,
             x.at({min(ci, s.inChannels - 1), clamp(column, 0, s.width - 1),
                   clamp(row, 0, s.height - 1), image}),
             0.0f);
  imageRows(ci, i, j, t, gx, gy, image) =
      multiply(imageTransform, i, [&](int tap) {
        return pixels(ci, t % columns * outTile + j,
                      t / columns * outTile + tap, gx, gy, image);
      });
  v(ci, t, k, gx, gy, image) =
      multiply(imageTransform, k % inTile, [&](int tap) {
        return imageRows(ci, k / inTile, tap, t, gx, gy, image);
      });

  Func gradients("gradients"), gradientRows("gradient_rows"), w("w");
  auto gradientAt = [&](const Expr &inTileX, const Expr &inTileY) {
    Expr column = (gx * columns + t % columns) * outTile + inTileX;
    Expr row = (gy * rows + t / columns) * outTile + inTileY;
    return select(
        likely(column < s.outWidth && row < s.outHeight),
        dy.at({min(co, s.outChannels - 1), min(column, s.outWidth - 1),
               min(row, s.outHeight - 1), image}),
        0.0f);
  };
  // What is computed on the way in is computed once for the rows of a tile.
  bool copied = isComputed(b.spec, node, 1);
  gradients(co, i, j, t, gx, gy, image) = gradientAt(j, i);
  gradientRows(co, i, j, t, gx, gy, image) =
      multiply(gradientTransform, i, [&](int tap) {
        return copied ? Expr(gradients(co, tap, j, t, gx, gy, image))
                      : gradientAt(j, tap);
      });
  w(co, t, k, gx, gy, image) =
      multiply(gradientTransform, k % inTile, [&](int tap) {
        return gradientRows(co, k / inTile, tap, t, gx, gy, image);
      });

  Func partial("partial"), sums("sums"), half("half");
  RDom r(0, columns * rows);
  partial(co, ci, k, gx, gy, image) = 0.0f;
  partial(co, ci, k, gx, gy, image) +=
      v(ci, r, k, gx, gy, image) * w(co, r, k, gx, gy, image);
  Expr images = b.extent(x.size(3));
  Expr perSlice = (images + slices - 1) / slices;
  RDom all(Region{{0, parts(parts(s.outWidth, outTile), columns)},
                  {0, parts(parts(s.outHeight, outTile), rows)},
                  {0, perSlice}});
  Expr number = slice * perSlice + all.z;
  if (slices > 1)
    all.where(number < images);
  sums(co, ci, k, slice) = 0.0f;
  sums(co, ci, k, slice) +=
      partial(co, ci, k, all.x, all.y, slices > 1 ? number : all.z);
  half(co, ci, i, j, part) = multiply(sumTransform, i, [&](int tap) {
    Expr sum = sums(co, ci, tap * inTile + j, part);
    for (int other = 1; other < slices && !apart; ++other)
      sum += sums(co, ci, tap * inTile + j, other);
    return sum;
  });

  b.keep(
      Functions{half, sums, v, imageRows, pixels, w, gradientRows, gradients});
  b.anchor = partial;
  b.domain = r;
  b.values[firstResult].at = [half, apart](const Index &at) {
    Expr part = apart ? at.at(4) : Expr(0);
    return multiply(sumTransform, at[2], [&](int tap) {
      return half(at[0], at[1], at[3], tap, part);
    });
  };
}

std::optional<Parameters> Winograd::defaults(const KernelSpec &spec,
                                             const Node &node,
                                             const Machine &machine) const {
  Convolution s = convolutionOf(spec, node);
  bool apart = slicesOf(node) > 0;
  int lanes = machine.lanes;
  // Four vectors of output channels or fewer; 16 accumulators, or 8.
  int64_t vectors = machine.registers / 8;
  while (s.outChannels % (vectors * lanes) && vectors > 1)
    vectors /= 2;
  int64_t channels = machine.registers / 2 / vectors;
  int64_t least = std::max<int64_t>(lanes, channels);
  if (!applies(s) || s.inChannels < least || s.outChannels % lanes)
    return std::nullopt;
  // What is beyond the image's border is computed in vain.
  int64_t across = parts(s.outWidth, outTile),
          down = parts(s.outHeight, outTile);
  double useful = double(s.outWidth) * s.outHeight /
                  double(across * down * outTile * outTile);
  if (useful < 0.5)
    return std::nullopt;
  // The more channels a task has, the fewer times images and gradients are read
  // and transformed; but four tasks are wanted, and sums stay in L2
  // (measured for 32 registers, whose tiles are twice as wide).
  int64_t columnBlocks = parts(s.outChannels, vectors * lanes);
  auto sumBytes = [&](int64_t taskIn) {
    return accumulatorBytes * frequencies * taskIn * vectors * lanes;
  };
  int64_t taskIn = least;
  while (s.inChannels % (2 * taskIn) == 0 &&
         (apart || s.inChannels / (2 * taskIn) * columnBlocks >= 4) &&
         sumBytes(2 * taskIn) <= machine.l2 * 9 * machine.registers / (32 * 32))
    taskIn *= 2;
  // The more tiles in a group, the fewer times the sums, which only L2
  // holds, are read and written.
  int64_t columns = 1, rows = 1;
  for (int64_t tiles = 14; tiles > 0; --tiles) {
    columns = parts(across, parts(across, std::min(across, tiles)));
    rows = std::clamp<int64_t>(tiles / columns, 1, down);
    rows = parts(down, parts(down, rows));
    if (stackBytes(taskIn, vectors * lanes, columns, rows, 1) <= stackLimit)
      break;
  }
  int64_t blocks = parts(s.inChannels, taskIn) * columnBlocks;
  int64_t slices = 1;
  while (!apart && slices * blocks < 4 &&
         stackBytes(taskIn, vectors * lanes, columns, rows, 2 * slices) <=
             stackLimit)
    slices *= 2;
  return Parameters{{"channel_vectors", vectors},
                    {"in_channels", channels},
                    {"task_in_channels", taskIn},
                    {"tiles_x", columns},
                    {"tiles_y", rows},
                    {"prefetch", 1},
                    {"slices", slices}};
}

void Winograd::schedule(Builder &b, const Node &node) const {
  Convolution s = convolutionOf(b.spec, node);
  requireImages(b, &node);
  int lanes = lanesFor(s.outChannels, b.machine.lanes);
  int vectors = static_cast<int>(
      b.parameter("channel_vectors", 1, s.outChannels / lanes));
  int channels = static_cast<int>(b.parameter("in_channels", 1, s.inChannels));
  int taskIn =
      static_cast<int>(b.parameter("task_in_channels", channels, s.inChannels));
  int columns = static_cast<int>(b.parameter("tiles_x", 1, 64));
  int rows = static_cast<int>(b.parameter("tiles_y", 1, 64));
  int slices = addedSlices(b, node);
  int taskOut = vectors * lanes, inLanes = lanesFor(taskIn, b.machine.lanes);
  if (taskIn % channels || taskIn % inLanes)
    throw NotApplicable("a tile does not divide its task");
  requireStack(stackBytes(parts(taskIn, inLanes) * int64_t{inLanes}, taskOut,
                          columns, rows, slices));

  Func &out = b.out(), &partial = b.anchor;
  auto &[half, sums, v, imageRows, pixels, w, gradientRows, gradients] =
      b.kept<Functions>();
  FilterVariables of(node);
  // No two tasks compute the same element: each would round it in its own way,
  // and the last one to write depends on the threads.
  Var coTask("co_task"), ciTask("ci_task"), task("task"), coVector("co_vector"),
      ciTile("ci_tile");
  Stage(out)
      .split(co, coTask, co, taskOut,
             s.outChannels % taskOut
                 ? TailStrategy::GuardWithIf
                 : TailStrategy::ShiftInwards) // never happens
      .split(ci, ciTask, ci, taskIn, TailStrategy::GuardWithIf)
      .split(co, coVector, co, lanes)
      .reorder({co, kx, of.ky, coVector, ci, coTask, ciTask})
      .fuse(coTask, ciTask, task)
      .vectorize(co)
      .unroll(kx)
      .unroll(of.ky);
  if (of.slice)
    Stage(out).fuse(task, *of.slice, task);
  if (slices == 1)
    Stage(out).parallel(task);
  half.compute_at(out, coVector)
      .store_in(scratch)
      .bound_extent(co, lanes)
      .bound_extent(ci, 1)
      .bound_extent(part, 1)
      .vectorize(co)
      .unroll(i)
      .unroll(j);

  std::vector<RVar> reduced = sums.rvars();
  sums.compute_at(out, task)
      .store_in(scratch)
      .bound_extent(co, taskOut)
      .bound_extent(ci, taskIn)
      .bound_extent(k, frequencies)
      .bound_extent(slice, slices)
      .vectorize(co, lanes);
  Stage sum = sums.update();
  sum.split(ci, ciTile, ci, channels)
      .reorder({co, ci, ciTile, k, reduced[0], reduced[1], reduced[2], slice})
      .vectorize(co, lanes)
      .unroll(co)
      .unroll(ci);
  if (slices > 1) {
    Stage(sums).parallel(slice);
    sum.parallel(slice);
  }
  // What the next image reads, or the next row of groups in a large one.
  bool byImage =
      rows * outTile >= s.outHeight || b.imageBytes() <= nearImage(b.machine);
  if (b.parameter("prefetch", 0, 1))
    b.prefetchImages(sum, reduced[byImage ? 2 : 1], k);
  for (Func *func : {&partial, &v, &imageRows, &pixels, &w, &gradientRows})
    func->bound_extent(gx, 1).bound_extent(gy, 1).bound_extent(image, 1);
  partial.compute_at(sums, ciTile)
      .store_in(scratch)
      .bound_extent(co, taskOut)
      .bound_extent(ci, channels)
      .vectorize(co, lanes)
      .unroll(co)
      .unroll(ci);
  partial.update()
      .reorder({co, ci, b.domain.x})
      .vectorize(co, lanes)
      .unroll(co)
      .unroll(ci);

  Var outer("vector");
  auto transform = [&](Func &frequenciesOf, Func &rowsOf, const Var &channel,
                       int vector) {
    frequenciesOf.compute_at(sums, reduced[0])
        .store_in(scratch)
        .bound_extent(k, frequencies)
        .bound_extent(t, columns * rows)
        .split(channel, outer, channel, vector, TailStrategy::RoundUp)
        .reorder({channel, k, outer, t})
        .vectorize(channel)
        .unroll(k);
    rowsOf.compute_at(frequenciesOf, outer)
        .store_in(scratch)
        .vectorize(channel)
        .unroll(i)
        .unroll(j);
  };
  transform(v, imageRows, ci, inLanes);
  transform(w, gradientRows, co, lanes);
  if (isComputed(b.spec, node, 1))
    gradients.compute_at(w, outer)
        .store_in(scratch)
        .bound_extent(i, outTile)
        .bound_extent(j, outTile)
        .vectorize(co)
        .unroll(i)
        .unroll(j);
  pixels.compute_at(sums, reduced[0])
      .store_in(scratch)
      .vectorize(ci, inLanes, TailStrategy::RoundUp);
}

namespace strategies {
const Strategy &winogradWeightGradient() {
  static const Winograd strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
