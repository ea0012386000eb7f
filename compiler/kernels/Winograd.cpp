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
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

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

/// From the last step to the first.
struct Functions {
  Func half, m, sum, v, rows, pixels;
};

class Winograd final : public Strategy {
public:
  Winograd() : Strategy("winograd") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override {
    return parameters(spec, node, machine);
  }
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return registerTileCost(machine, parameterOf(schedule, "channel_vectors"),
                            parameterOf(schedule, "columns"));
  }
  double speedup() const override { return winograd::speedup; }
};
} // namespace

void Winograd::build(Builder &b, const Node &node, int firstResult) const {
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
  b.keep(Functions{half, m, sum, v, rows, pixels});
  b.domain = r;
  b.values[firstResult].at = [y](const Index &at) {
    return y(at[0], at[2] % outTile, at[1] % outTile, at[1] / outTile,
             at[2] / outTile, at[3]);
  };
}

void Winograd::schedule(Builder &b, const Node &node) const {
  const TensorType &type = b.resultType();
  requireImages(b);
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

  Func &out = b.out(), &y = b.anchor;
  auto &[half, m, sum, v, rows, pixels] = b.kept<Functions>();
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

namespace strategies {
const Strategy &winogradConv2D() {
  static const Winograd strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
