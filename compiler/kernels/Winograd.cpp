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

//===----------------------------------------------------------------------===//
// winograd_filter
//===----------------------------------------------------------------------===//

void buildWinogradFilter(Builder &b, const Node &node, int firstResult) {
  Value w = b.operand(node, 0);
  if (w.rank() != 4 || w.size(2) != 3 || w.size(3) != 3)
    throw NotApplicable("winograd_filter takes filters of 3x3");
  bool backward = intAttribute(node, "transposed", 0) != 0;
  Func columns("columns");
  columns(vc, vx, i, j) = multiply(filterTransform, i, [&](int row) {
    return backward ? w.at({vx, vc, 2 - j, 2 - row}) : w.at({vc, vx, j, row});
  });
  b.helpers = {columns};
  b.values[firstResult].at = [columns](const Index &index) {
    return multiply(filterTransform, index[2] % inTile, [&](int column) {
      return columns(index[0], index[1], index[2] / inTile, column);
    });
  };
}

Schedule winogradFilterDefault(const KernelSpec &, const Node &node,
                               const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  // About fifty operations for each vector of 36 results.
  double microseconds =
      static_cast<double>(shape[2]) / machine.lanes * 50 / 3e3;
  return {
      "tiles",
      {{"task_rows", std::clamp<int64_t>(
                         static_cast<int64_t>(taskMicroseconds / microseconds),
                         1, shape[1])}}};
}

void scheduleWinogradFilter(Builder &b, const Node &node) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  if (b.chosen.strategy != "tiles" || b.outputs.size() > 1 ||
      b.resultType().shape != shape)
    throw NotApplicable("winograd_filter has the strategy 'tiles', and is a "
                        "kernel by itself");
  int lanes = lanesFor(shape[2], b.machine.lanes);
  int rows = static_cast<int>(b.parameter("task_rows", 1, shape[1]));
  Var outer("c_tile"), task("task");
  Stage(b.out())
      .split(vc, outer, vc, lanes, TailStrategy::ShiftInwards)
      .split(vx, task, vx, rows, TailStrategy::GuardWithIf)
      .reorder(vc, vn, outer, vx, task)
      .vectorize(vc)
      .unroll(vn)
      .parallel(task);
  b.helpers[0]
      .compute_at(b.out(), outer)
      .store_in(scratch)
      .vectorize(vc)
      .unroll(i)
      .unroll(j);
}

//===----------------------------------------------------------------------===//
// winograd_conv2d
//===----------------------------------------------------------------------===//

void buildWinogradConv2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), u = b.operand(node, 1);
  Window window(node, 3, 3);
  Group group(b);
  poolStep(b.spec);
  int channels = static_cast<int>(x.size(0));
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
      v(r, t, k, gx, gy, gn, block) * u.at({vc, block * size + r, k});
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
static int64_t stackBytes(int64_t columns, int64_t rows, int64_t images,
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
struct Shape {
  int64_t vectors, columns, rows, images;

  int64_t tiles() const { return columns * rows * images; }
};

/// The group whose products, all in registers, take the fewest cycles for each
/// image, estimated.
Shape chooseGroup(const Machine &machine, int64_t across, int64_t down,
                  int64_t channelVectors) {
  Shape best{1, 1, 1, 1};
  double bestCycles = std::numeric_limits<double>::max();
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(4, channelVectors);
       ++vectors) {
    // Accumulators, one step's weights and a broadcast live at once.
    int64_t most =
        std::min<int64_t>((machine.registers - 1 - vectors) / vectors, 16);
    for (int64_t columns = 1; columns <= std::min(across, most); ++columns)
      for (int64_t rows = 1; rows <= std::min(down, most / columns); ++rows) {
        bool whole = columns == across && rows == down;
        Shape group{vectors, columns, rows,
                    whole ? most / (columns * rows) : 1};
        auto size = static_cast<double>(group.tiles());
        auto width = static_cast<double>(vectors);
        // A multiply-add of each accumulator, or what it waits for: the loads
        // of a weight from the second cache level take two cycles and a half.
        // Transforming a tile costs as much as a third of a vector's products.
        double step = std::max({width * size, width + size, 2.5 * width}) +
                      size / 3 + 0.5;
        double cycles =
            step *
            static_cast<double>(count(across, columns) * count(down, rows) *
                                count(channelVectors, vectors)) /
            static_cast<double>(group.images);
        if (cycles < bestCycles) {
          bestCycles = cycles;
          best = group;
        }
      }
  }
  return best;
}
} // namespace

Schedule winogradConv2DDefault(const KernelSpec &spec, const Node &node,
                               const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  int64_t inChannels = typeOf(spec, node.operands.at(0)).shape.at(3);
  int64_t lanes = lanesFor(shape[3], machine.lanes);
  Shape group = chooseGroup(machine, count(shape[2], outTile),
                            count(shape[1], outTile), shape[3] / lanes);
  auto stored = [&](int64_t channels) {
    int64_t vector = lanesFor(channels, machine.lanes);
    return count(channels, vector) * vector;
  };
  int64_t block = inChannels;
  while (block > 1 &&
         (inChannels % block ||
          stackBytes(group.columns, group.rows, group.images, group.tiles(),
                     group.vectors * lanes, stored(block)) > stackLimit))
    --block;
  return {"winograd",
          {{"channel_vectors", group.vectors},
           {"columns", group.tiles()},
           {"tiles_x", group.columns},
           {"tiles_y", group.rows},
           {"task_images", group.images},
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
  int64_t padded = count(group.tiles(), columns) * columns;
  int reducedLanes = lanesFor(size, b.machine.lanes);
  requireStack(stackBytes(group.columns, group.rows, group.images, padded,
                          vectors * lanes,
                          count(size, reducedLanes) * reducedLanes));

  Func &out = b.out(), &y = b.anchor, &half = b.helpers[0], &m = b.helpers[1],
       &sum = b.helpers[2], &v = b.helpers[3], &rows = b.helpers[4],
       &pixels = b.helpers[5];
  Var cTile("c_tile"), cVector("c_vector"), xGroup("x_group"), xTile("x_tile"),
      yGroup("y_group"), yTile("y_tile"), task("task"), image("image");
  int cell = outTile / step;
  auto tail = TailStrategy::GuardWithIf;
  Stage(out)
      .split(vc, cTile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .split(vc, cVector, vc, lanes)
      .split(vx, xGroup, vx, cell * group.columns, tail)
      .split(vx, xTile, vx, cell)
      .split(vy, yGroup, vy, cell * group.rows, tail)
      .split(vy, yTile, vy, cell)
      .split(vn, task, image, group.images, tail)
      .reorder({vc, vx, vy, cVector, xTile, yTile, image, xGroup, yGroup, task,
                cTile})
      .fuse(yGroup, task, task)
      .fuse(xGroup, task, task)
      .fuse(task, cTile, task)
      .vectorize(vc)
      .unroll(vx)
      .unroll(vy)
      .parallel(task);

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
  m.compute_at(out, task)
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

  LoopLevel level = blocked ? LoopLevel(m, m.rvars()[0]) : LoopLevel(out, task);
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
