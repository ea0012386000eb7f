//===- DenseBackward.cpp - Gradients of fully connected layers -----------===//

#include "compiler/kernels/Naive.h"
#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

//===----------------------------------------------------------------------===//
// dx[b,k] = sum over m of dy[b,m] * w[k,m]. Lanes run over k, along which the
// weights are strided: a column tile's weights are first copied, transposed.
//===----------------------------------------------------------------------===//

namespace {
/// The weights of a column tile, copied.
struct Transposed {
  Func weights;
};

class Gemm final : public Strategy {
public:
  Gemm() : Strategy("gemm") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t samples) const override {
    return gemmCost(schedule, machine, samples);
  }
};
} // namespace

void buildDenseBackwardData(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), w = b.operand(node, 1);
  if (dy.rank() != 2 || w.rank() != 2)
    throw NotApplicable("dense_backward_data takes matrices");

  Var vm("m");
  RDom r(0, static_cast<int>(dy.size(0)));
  Func weights("weights"), sum("sum");
  weights(vc, vm) = w.at({vm, vc});
  sum(vc, vn) = sumStart(b);
  // A tile's rows beyond the batch repeat the last row and are not written.
  sum(vc, vn) +=
      product(b, dy.at({r, min(vn, b.extent(dy.size(1)) - 1)}), weights(vc, r));
  b.anchor = sum;
  b.domain = r;
  b.keep(Transposed{weights});
  b.values[firstResult].at = [sum](const Index &i) {
    return cast<float>(sum(i[0], i[1]));
  };
}

std::optional<Parameters> Gemm::defaults(const KernelSpec &spec,
                                         const Node &node,
                                         const Machine &machine) const {
  const TensorType &w = typeOf(spec, node.operands.at(1));
  Parameters parameters = gemmParameters(machine, w.shape.at(0), w.shape.at(1),
                                         bytesOf(w.element), spec.batch);
  int64_t bytes = elementBytes(spec, node, 1) * w.shape[1] *
                  lanesFor(w.shape[0], machine.lanes);
  if (parameters["column_vectors"] * bytes > scratchLimit) {
    parameters["column_vectors"] = 1;
    parameters["task_tiles"] *= 2;
  }
  return parameters;
}

void Gemm::schedule(Builder &b, const Node &node) const {
  const Value &w = b.operand(node, 1);
  Func &weights = b.kept<Transposed>().weights;
  scheduleGemm(b, w.size(1), w.size(0), {weights});
  weights.unroll(vc);
}

namespace strategies {
const Strategy &gemmDenseBackwardData() {
  static const Gemm strategy;
  return strategy;
}
} // namespace strategies

//===----------------------------------------------------------------------===//
// dw[k,m] = sum over b of x[b,k] * dy[b,m], in the order of the batch.
//===----------------------------------------------------------------------===//

namespace {
class Outer final : public Strategy {
public:
  Outer() : Strategy("outer") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return registerTileCost(machine, parameterOf(schedule, "column_vectors"),
                            parameterOf(schedule, "rows"));
  }
};
} // namespace

void buildDenseBackwardWeights(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), dy = b.operand(node, 1);
  if (dy.rank() != 2 || x.rank() != 2)
    throw NotApplicable("dense_backward_weights takes matrices");

  // In place, no tile is shifted: rows that fill up the last one repeat the
  // matrix's last row and are not written.
  int height = static_cast<int>(x.size(0));
  Expr row = b.inPlace ? min(vn, height - 1) : Expr(vn);
  RDom r(0, b.extent(x.size(1)));
  Func sum("sum");
  sum(vc, vn) = sumStart(b);
  sum(vc, vn) += forEach(r, product(b, x.at({row, r}), dy.at({vc, r})));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) {
    return cast<float>(sum(i[0], i[1]));
  };
}

/// Lanes of the kernel that computes gradients, or updates parameters by them:
/// then they divide the row.
static int lanesOfWeights(int64_t columns, bool updates,
                          const Machine &machine) {
  int lanes = lanesFor(columns, machine.lanes);
  while (updates && columns % lanes)
    lanes /= 2;
  return lanes;
}

static bool updates(const KernelSpec &spec) {
  return std::any_of(spec.inPlace.begin(), spec.inPlace.end(),
                     [](int input) { return input >= 0; });
}

/// Rows of an update's tile, which is one vector wide: a chain of additions for
/// each hides their latency, and one tile's roots and divisions run beside the
/// next one's sums.
static constexpr int64_t updatedRows = 8;

std::optional<Parameters> Outer::defaults(const KernelSpec &spec,
                                          const Node &node,
                                          const Machine &machine) const {
  int64_t rows = node.results.at(0).shape.at(0),
          columns = node.results[0].shape.at(1);
  RegisterTile tile =
      chooseTile(machine, {columns, std::min<int64_t>(rows, 14), 1});
  if (updates(spec)) {
    tile.channelVectors = 1;
    tile.columns = static_cast<int>(std::min(rows, updatedRows));
  }
  double microseconds =
      machine.multiplyAddMicroseconds(32 * static_cast<double>(columns));
  int64_t tiles = (rows + tile.columns - 1) / tile.columns;
  int64_t task = piecesPerTask(machine, tiles, microseconds * tile.columns);
  return Parameters{{"column_vectors", tile.channelVectors},
                    {"rows", tile.columns},
                    {"task_rows", std::min(task * tile.columns, rows)}};
}

namespace {
struct OuterTile {
  int lanes, vectors, rows, taskRows;
  bool cut; ///< into several tasks
};

/// A task's rows of gradients and, at once, of what they update.
void scheduleUpdate(Builder &b, const OuterTile &tile) {
  if (b.resultType().shape[1] % (tile.vectors * tile.lanes) ||
      (tile.cut && tile.taskRows % tile.rows))
    throw NotApplicable("a tile does not divide what it updates");
  Var task("task"), rowTile("row_tile");
  RVar column = b.wholeVectors.x, cTile("c_tile"), vector("vector");
  Stage stage = b.out().update();
  stage.split(column, cTile, column, tile.vectors * tile.lanes)
      .split(column, vector, column, tile.lanes);
  if (tile.cut)
    stage.split(vn, task, vn, tile.taskRows, TailStrategy::GuardWithIf)
        .parallel(task);
  stage.split(vn, rowTile, vn, tile.rows, TailStrategy::GuardWithIf)
      .reorder({column, vector, vn, cTile, rowTile})
      .vectorize(column)
      .unroll(vector)
      .unroll(vn);
  b.anchor.compute_at(b.out(), cTile)
      .store_in(scratch)
      .bound_extent(vc, tile.vectors * tile.lanes);
  // The next tile of parameters is on its way while this one's sums are made.
  const std::string &out = b.out().name();
  LoopName tiles{out, cTile.name()};
  b.readsAhead.push_back({out, tiles, tiles, {out, rowTile.name()}});
}

/// Tiles at the border are shifted inwards.
void scheduleGradient(Builder &b, const OuterTile &tile) {
  Var cTile("c_tile"), rowTile("row_tile"), task("task");
  Stage stage(b.out());
  stage.split(vc, cTile, vc, tile.vectors * tile.lanes,
              TailStrategy::ShiftInwards);
  if (tile.cut)
    stage.split(vn, task, vn, tile.taskRows, TailStrategy::ShiftInwards)
        .parallel(task);
  stage.split(vn, rowTile, vn, tile.rows, TailStrategy::ShiftInwards)
      .reorder(vc, vn, cTile, rowTile)
      .vectorize(vc, tile.lanes)
      .unroll(vc)
      .unroll(vn);
  b.anchor.compute_at(b.out(), cTile).store_in(scratch);
}
} // namespace

void Outer::schedule(Builder &b, const Node &node) const {
  if (b.outputs.size() > 1 || b.resultType().shape.size() != 2)
    throw NotApplicable(
        "the results of a matrix product's kernel must be matrices");
  int64_t height = node.results.at(0).shape[0],
          columns = node.results[0].shape[1];
  OuterTile tile;
  tile.lanes = lanesOfWeights(columns, b.inPlace, b.machine);
  tile.vectors =
      static_cast<int>(b.parameter("column_vectors", 1, columns / tile.lanes));
  tile.rows = static_cast<int>(b.parameter("rows", 1, height));
  tile.taskRows = static_cast<int>(b.parameter("task_rows", tile.rows, height));
  tile.cut = tile.taskRows < height;
  if (b.inPlace)
    scheduleUpdate(b, tile);
  else
    scheduleGradient(b, tile);

  b.anchor.bound_extent(vn, tile.rows);
  Stage(b.anchor).vectorize(vc, tile.lanes).unroll(vc).unroll(vn);
  b.anchor.update()
      .reorder(vc, vn, b.domain.x)
      .vectorize(vc, tile.lanes)
      .unroll(vc)
      .unroll(vn);
}

namespace strategies {
const Strategy &outerDense() {
  static const Outer strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
