//===- Winograd.cpp - 3x3 convolutions by fewer multiplications ----------===//
//
// The matrices are in Winograd.h:
//
//   u[k]  = G g Gᵀ        winograd_filter, once for all images
//   v[k]  = Bᵀ d B        of each 6x6 tile d of the image
//   m[k]  = Σ_ci u[k] v[k]   36 matrix products: tiles by channels
//   y     = Aᵀ m A
//
// A task takes a group of neighbouring tiles and a tile of output channels. The
// three last steps of it happen on its stack; the products run over blocks of
// input channels.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Winograd.h"
#include "compiler/kernels/Convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

using namespace Halide;

namespace lathe::kernels {

using namespace winograd;

namespace {
/// Tiles that a task computes together, and where in the image they are.
struct Group {
  Group(const Builder &b)
      : columns(static_cast<int>(b.parameter("tiles_x", 1, 1 << 12))),
        rows(static_cast<int>(b.parameter("tiles_y", 1, 1 << 12))),
        images(static_cast<int>(b.parameter("task_images", 1, 1 << 12))) {}

  int columns, rows, images;
  int tiles() const { return columns * rows * images; }
};

/// Positions of the convolution for one of the kernel's output.
int poolStep(const KernelSpec &spec) {
  const Node *pool = followingPool(spec);
  if (!pool)
    return 1;
  std::vector<int64_t> size = listAttribute(*pool, "pool_size", {2, 2});
  Window window(*pool, size[0], size[1]);
  if (window.sizeX != 2 || window.sizeY != 2 || window.strideX != 2 ||
      window.strideY != 2 || window.padded())
    throw NotApplicable("strategy 'winograd' takes a pooling only where its "
                        "windows divide a tile");
  return 2;
}

const Var t("t"), k("k"), gx("gx"), gy("gy"), gn("gn"), block("block");
const Var i("i"), j("j"), tx("tx"), ty("ty");
} // namespace

void buildWinogradConv2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), u = b.operand(node, 1);
  Window window(node, 3, 3);
  Group group(b);
  poolStep(b.spec);
  int channels = static_cast<int>(x.size(0));
  int outChannels = static_cast<int>(u.size(0));
  int lanes = lanesFor(outChannels, b.machine.lanes);
  // Tiles of channels beyond the last one repeat it and are not written.
  bool whole =
      outChannels % (b.parameter("channel_vectors", 1, 64) * lanes) == 0;
  Expr outChannel = whole ? Expr(vc) : min(vc, outChannels - 1);
  int width = static_cast<int>(x.size(1)), height = static_cast<int>(x.size(2));
  int size = static_cast<int>(b.parameter("block", 1, channels));
  if (channels % size)
    throw NotApplicable("'block' must divide the input's channels");

  // The pixels that the group sees, with zeros around the image.
  Func pixels("pixels"), rows("rows"), v("v");
  Expr column = gx * (outTile * group.columns) + vx - window.left;
  Expr row = gy * (outTile * group.rows) + vy - window.top;
  Expr image = min(gn * group.images + vn, b.extent(x.size(3)) - 1);
  Expr inside =
      likely(column >= 0 && column < width) && likely(row >= 0 && row < height);
  pixels(vc, vx, vy, vn, gx, gy, gn, block) = select(
      inside,
      x.at({min(block * size + vc, channels - 1), clamp(column, 0, width - 1),
            clamp(row, 0, height - 1), image}),
      0.0f);

  // Tiles beyond the group, which fill up registers, repeat its last one.
  Expr tile = min(t, group.tiles() - 1);
  Expr tileColumn = tile % group.columns;
  Expr tileRow = tile / group.columns % group.rows;
  Expr tileImage = tile / (group.columns * group.rows);
  rows(vc, t, i, j, gx, gy, gn, block) =
      multiply(imageTransform, i, [&](int tap) {
        return pixels(vc, tileColumn * outTile + j, tileRow * outTile + tap,
                      tileImage, gx, gy, gn, block);
      });
  v(vc, t, k, gx, gy, gn, block) =
      multiply(imageTransform, k % inTile, [&](int tap) {
        return rows(vc, t, k / inTile, tap, gx, gy, gn, block);
      });

  Func sum("sum"), m("m"), half("half"), y("y");
  RDom r(0, size);
  sum(vc, t, k, gx, gy, gn, block) = 0.0f;
  sum(vc, t, k, gx, gy, gn, block) +=
      v(r, t, k, gx, gy, gn, block) * u.at({outChannel, block * size + r, k});
  if (size == channels) {
    m(vc, t, k, gx, gy, gn) = sum(vc, t, k, gx, gy, gn, 0);
  } else {
    RDom blocks(0, channels / size);
    m(vc, t, k, gx, gy, gn) = 0.0f;
    m(vc, t, k, gx, gy, gn) += sum(vc, t, k, gx, gy, gn, blocks);
  }
  // Of tile (tx, ty) of image `vn`.
  half(vc, i, j, tx, ty, vn) = multiply(resultTransform, i, [&](int tap) {
    Expr inGroup =
        tx % group.columns +
        group.columns * (ty % group.rows + group.rows * (vn % group.images));
    return m(vc, inGroup, tap * inTile + j, tx / group.columns, ty / group.rows,
             vn / group.images);
  });
  y(vc, i, j, tx, ty, vn) = multiply(resultTransform, j, [&](int tap) {
    return half(vc, i, tap, tx, ty, vn);
  });

  b.anchor = y;
  b.helpers = {half, m, sum, v, rows, pixels};
  b.domain = r;
  b.values[firstResult].at = [y](const Index &at) {
    return y(at[0], at[2] % outTile, at[1] % outTile, at[1] / outTile,
             at[2] / outTile, at[3]);
  };
}

/// Bytes of a task's stack.
static int64_t bytesOnStack(int64_t columns, int64_t rows, int64_t images,
                            int64_t paddedTiles, int64_t channels,
                            int64_t reduced) {
  int64_t pixels = (outTile * columns + 2) * (outTile * rows + 2) * images;
  return 4 *
         (paddedTiles * frequencies * (reduced + channels) + pixels * reduced);
}

static int64_t count(int64_t extent, int64_t part) {
  return (extent + part - 1) / part;
}

namespace {
/// How the tiles of an image (or of several) and the vectors of output channels
/// are cut.
struct Cut {
  int64_t vectors, columns, rows, images, inRegisters;

  int64_t tiles() const { return columns * rows * images; }
  int64_t pixels() const {
    return (outTile * columns + 2) * (outTile * rows + 2) * images;
  }
  int64_t paddedTiles() const {
    return count(tiles(), inRegisters) * inRegisters;
  }
};

struct Problem {
  int64_t across, down; ///< tiles of an image
  int64_t inChannels, outVectors, lanes;
  int64_t batch; ///< 0 where it is not known
};

/// Bytes of a task's stack with a block of input channels.
int64_t stackBytes(const Cut &cut, const Problem &p, int64_t block,
                   const Machine &machine) {
  int64_t vector = lanesFor(block, machine.lanes);
  return bytesOnStack(cut.columns, cut.rows, cut.images, cut.paddedTiles(),
                      cut.vectors * p.lanes, count(block, vector) * vector);
}

/// Estimated cycles for each image, input channel and frequency.
double cyclesOf(const Cut &cut, const Problem &p) {
  auto vectors = static_cast<double>(cut.vectors);
  auto tiles = static_cast<double>(cut.inRegisters);
  // A multiply-add of each accumulator, and the loop's own share.
  double products = (std::max(vectors * tiles, vectors + tiles) + 0.5) *
                    static_cast<double>(cut.paddedTiles()) / tiles;
  // The weights come from the second cache level where the task's own fit
  // there, once for all of its tiles.
  bool near = 4 * frequencies * p.inChannels * cut.vectors * p.lanes <= 1 << 20;
  double loads = vectors * (near ? 2.5 : 4);
  // For each vector of input channels, a tile's transform takes some 140
  // operations, a pixel is read and written, and a row of them begins.
  double transform =
      static_cast<double>(140 * cut.tiles() + 2 * cut.pixels() +
                          16 * (outTile * cut.rows + 2) * cut.images) /
      (16 * frequencies);
  double task = std::max(products, loads) + transform;
  return task *
         static_cast<double>(count(p.across, cut.columns) *
                             count(p.down, cut.rows) *
                             count(p.outVectors, cut.vectors)) /
         static_cast<double>(cut.images);
}

/// The share of the whole work that the busier of two cores does.
double longerHalf(const Cut &cut, const Problem &p) {
  if (p.batch == 0)
    return 0.5;
  int64_t tasks = count(p.across, cut.columns) * count(p.down, cut.rows) *
                  count(p.outVectors, cut.vectors) * count(p.batch, cut.images);
  return static_cast<double>((tasks + 1) / 2) / static_cast<double>(tasks);
}

Cut chooseCut(const Machine &machine, const Problem &p) {
  constexpr int64_t mostTiles = 32;
  Cut best{1, 1, 1, 1, 1};
  double bestCycles = std::numeric_limits<double>::max();
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(4, p.outVectors);
       ++vectors) {
    if (p.outVectors % vectors)
      continue; // a tile of channels that is not whole costs as much
    for (int64_t columns = 1; columns <= std::min(p.across, mostTiles);
         ++columns)
      for (int64_t rows = 1; rows <= std::min(p.down, mostTiles / columns);
           ++rows) {
        bool whole = columns == p.across && rows == p.down;
        // A smaller batch pays for all of a task's images.
        int64_t mostImages =
            whole ? std::min<int64_t>(4, mostTiles / (columns * rows)) : 1;
        if (p.batch > 0)
          mostImages = std::min(mostImages, p.batch);
        for (int64_t images = 1; images <= mostImages; ++images) {
          // Accumulators, one step's weights and a broadcast live at once.
          int64_t most = (machine.registers - 1 - vectors) / vectors;
          for (int64_t tiles = 1; tiles <= most; ++tiles) {
            Cut cut{vectors, columns, rows, images, tiles};
            if (tiles > cut.tiles() ||
                stackBytes(cut, p, std::min<int64_t>(p.inChannels, 16),
                           machine) > usualStack)
              continue;
            double cycles = cyclesOf(cut, p) * longerHalf(cut, p);
            if (cycles < bestCycles) {
              bestCycles = cycles;
              best = cut;
            }
          }
        }
      }
  }
  return best;
}
} // namespace

Schedule winogradConv2DDefault(const KernelSpec &spec, const Node &node,
                               const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  int64_t lanes = lanesFor(shape[3], machine.lanes);
  Problem problem{count(shape[2], outTile),
                  count(shape[1], outTile),
                  typeOf(spec, node.operands.at(0)).shape.at(3),
                  shape[3] / lanes,
                  lanes,
                  spec.batch};
  Cut cut = chooseCut(machine, problem);
  int64_t block = problem.inChannels;
  while (block > 1 && (problem.inChannels % block ||
                       stackBytes(cut, problem, block, machine) > usualStack))
    --block;
  return {"winograd",
          {{"channel_vectors", cut.vectors},
           {"columns", cut.inRegisters},
           {"tiles_x", cut.columns},
           {"tiles_y", cut.rows},
           {"task_images", cut.images},
           {"block", block}}};
}

void scheduleWinogradConv2D(Builder &b, const Node &node) {
  const TensorType &type = b.resultType();
  if (b.chosen.strategy != "winograd" || b.outputs.size() > 1 ||
      type.shape.size() != 4)
    throw NotApplicable(
        "winograd_conv2d has the strategy 'winograd', for images of one shape");
  int step = poolStep(b.spec);
  Group group(b);
  int channels = static_cast<int>(b.operand(node, 0).size(0));
  int lanes = lanesFor(type.shape[3], b.machine.lanes);
  int vectors = static_cast<int>(
      b.parameter("channel_vectors", 1, type.shape[3] / lanes));
  int columns = static_cast<int>(b.parameter("columns", 1, group.tiles()));
  int size = static_cast<int>(b.parameter("block", 1, channels));
  // Groups that a task computes one after the other, while it asks for what the
  // next one reads: rows of groups, or whole images.
  int rowGroups = static_cast<int>(b.parameterOr(1, "row_groups", 1, 1 << 12));
  int imageGroups =
      static_cast<int>(b.parameterOr(1, "image_groups", 1, 1 << 12));
  int64_t padded = count(group.tiles(), columns) * columns;
  int reducedLanes = lanesFor(size, b.machine.lanes);
  requireStack(bytesOnStack(group.columns, group.rows, group.images, padded,
                            vectors * lanes,
                            count(size, reducedLanes) * reducedLanes));

  Func &out = b.out(), &y = b.anchor, &half = b.helpers[0], &m = b.helpers[1],
       &sum = b.helpers[2], &v = b.helpers[3], &rows = b.helpers[4],
       &pixels = b.helpers[5];
  Var cTile("c_tile"), cVector("c_vector"), xGroup("x_group"), xTile("x_tile"),
      yGroup("y_group"), yTile("y_tile"), yTask("y_task"), nGroup("n_group"),
      task("task"), image("image");
  int cell = outTile / step;
  // No two tasks compute the same element: each would round it in its own way,
  // and the last one to write depends on the threads.
  auto tail = TailStrategy::GuardWithIf;
  auto channelTail = type.shape[3] % (vectors * lanes)
                         ? tail
                         : TailStrategy::ShiftInwards; // never happens
  Stage(out)
      .split(vc, cTile, vc, vectors * lanes, channelTail)
      .split(vc, cVector, vc, lanes)
      .split(vx, xGroup, vx, cell * group.columns, tail)
      .split(vx, xTile, vx, cell)
      .split(vy, yGroup, vy, cell * group.rows, tail)
      .split(vy, yTile, vy, cell)
      .split(vn, nGroup, image, group.images, tail)
      .split(yGroup, yTask, yGroup, rowGroups, tail)
      .split(nGroup, task, nGroup, imageGroups, tail)
      .reorder({vc, vx, vy, cVector, xTile, yTile, image, xGroup, yGroup,
                nGroup, yTask, task, cTile})
      .fuse(yTask, task, task)
      .fuse(task, cTile, task)
      .vectorize(vc)
      .unroll(vx)
      .unroll(vy)
      .parallel(task);
  if (imageGroups > 1)
    b.prefetchImages(out, nGroup, k);
  else if (rowGroups > 1)
    b.prefetchImages(out, yGroup, k);

  y.compute_at(out, cVector)
      .store_in(scratch)
      .bound_extent(i, outTile)
      .bound_extent(j, outTile)
      .bound_extent(tx, 1)
      .bound_extent(ty, 1)
      .bound_extent(vn, 1)
      .bound_extent(vc, lanes)
      .vectorize(vc)
      .unroll(i)
      .unroll(j);
  half.compute_at(out, cVector)
      .store_in(scratch)
      .bound_extent(vc, lanes)
      .bound_extent(tx, 1)
      .bound_extent(ty, 1)
      .bound_extent(vn, 1)
      .vectorize(vc)
      .unroll(i)
      .unroll(j);

  for (Func *func : {&m, &sum, &v, &rows, &pixels})
    func->bound_extent(gx, 1).bound_extent(gy, 1).bound_extent(gn, 1);
  Var tTile("t_tile");
  m.compute_at(out, xGroup)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(k, frequencies);
  bool blocked = size != channels;
  Stage products = blocked ? Stage(m.update()) : Stage(m);
  if (blocked)
    Stage(m).vectorize(vc, lanes);
  products.split(t, tTile, t, columns, TailStrategy::RoundUp);
  if (blocked)
    products.reorder({vc, t, tTile, k, m.rvars()[0]});
  else
    products.reorder({vc, t, tTile, k});
  products.vectorize(vc, lanes).unroll(vc).unroll(t);
  sum.compute_at(m, tTile)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(t, columns)
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(t);
  sum.update()
      .reorder({vc, t, b.domain.x})
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(t);

  LoopLevel level =
      blocked ? LoopLevel(m, m.rvars()[0]) : LoopLevel(out, xGroup);
  v.compute_at(level)
      .store_in(scratch)
      .split(vc, cVector, vc, reducedLanes, TailStrategy::RoundUp)
      .reorder({vc, k, cVector, t})
      .vectorize(vc)
      .unroll(k)
      .bound_extent(k, frequencies)
      .bound_extent(t, static_cast<int>(padded));
  rows.compute_at(v, cVector)
      .store_in(scratch)
      .vectorize(vc)
      .unroll(i)
      .unroll(j);
  pixels.compute_at(level).store_in(scratch).vectorize(vc, reducedLanes,
                                                       TailStrategy::RoundUp);
}

} // namespace lathe::kernels
