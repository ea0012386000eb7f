//===- PartialDense.cpp - Long sums of fully connected layers in slices ---===//
//
// Strategy "blocked" of partial_dense, y[b,s,m] = sum over k in slice s of
// x[b,k] * w[k,m]. A task has a slice: it walks through rows of weights that
// lie one behind the other and holds the totals of its columns on its stack, to
// which it adds block after block of rows. Slices are of equal length, so that
// only the shapes decide how the sum is cut.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Advice.h"
#include "compiler/kernels/Naive.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>
#include <cmath>

using namespace Halide;

namespace lathe::kernels {

// Dimensions of y, fastest first, are m, s, b: vc, vx, vn.
static const Var &slice = vx;
static const Var block("block");

/// Bytes of a task's totals; a tile's sums have room beside them.
static constexpr int64_t mostTotals = scratchLimit * 4 / 5;

namespace {
struct Slices {
  Slices(const KernelSpec &spec, const Node &node) {
    const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape,
                               &y = node.results.at(0).shape;
    if (w.size() != 2 || y.size() != 3 || w[0] % y[1])
      throw NotApplicable("partial_dense has slices of equal length");
    columns = w[1], count = y[1], rows = w[0] / y[1];
  }
  int64_t columns, count;
  int64_t rows; ///< of each slice
};

/// Lanes of vectors that divide the columns.
int lanesOf(int64_t columns, const Machine &machine) {
  int lanes = lanesFor(columns, machine.lanes);
  while (columns % lanes)
    lanes /= 2;
  return lanes;
}

/// The sums over a block of rows.
struct Block {
  Func partial;
};

class Blocked final : public Strategy {
public:
  Blocked() : Strategy("blocked") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return registerTileCost(machine, parameterOf(schedule, "column_vectors"),
                            parameterOf(schedule, "rows"));
  }
};
} // namespace

void buildPartialDense(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  int rows = static_cast<int>(Slices(b.spec, node).rows);
  RDom r(0, rows);
  Func sum("sum");
  sum(vc, slice, vn) = sumStart(b);
  sum(vc, slice, vn) += forEach(r, product(b, x.at({slice * rows + r, vn}),
                                           w.at({vc, slice * rows + r})));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) {
    return cast<float>(sum(i[0], i[1], i[2]));
  };
}

void Blocked::build(Builder &b, const Node &node, int firstResult) const {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  int rows = static_cast<int>(Slices(b.spec, node).rows);
  int size = static_cast<int>(b.parameter("block", 1, rows));

  RDom r(0, size), all(0, (rows + size - 1) / size);
  Expr inSlice = block * size + r;
  if (rows % size)
    r.where(inSlice < rows);
  Expr row = slice * rows + min(inSlice, rows - 1);
  Func partial("partial"), total("total");
  partial(vc, slice, vn, block) = 0.0f;
  // A tile's rows beyond the batch repeat the last row and are not written.
  partial(vc, slice, vn, block) += forEach(
      r, x.at({row, min(vn, b.extent(x.size(1)) - 1)}) * w.at({vc, row}));
  total(vc, slice, vn) = 0.0f;
  total(vc, slice, vn) += partial(vc, slice, vn, all);

  b.anchor = total;
  b.keep(Block{partial});
  b.domain = r;
  b.values[firstResult].at = [total](const Index &i) {
    return total(i[0], i[1], i[2]);
  };
}

std::optional<Parameters> Blocked::defaults(const KernelSpec &spec,
                                            const Node &node,
                                            const Machine &machine) const {
  Slices slices(spec, node);
  int64_t lanes = lanesOf(slices.columns, machine);
  // 16 accumulators or 8, as in strategy "blocked" of dense.
  int64_t vectors = slices.columns % (2 * lanes) ? 1 : 2;
  int64_t rows = std::min<int64_t>(machine.registers / 2 / vectors, 8);
  // All samples, so that each weight is read once; then as many columns as a
  // stack has room for, whole rows of weights where it can.
  int64_t tile = vectors * lanes;
  int64_t samples = spec.batch ? spec.batch : 32;
  int64_t taskRows = std::min(
      (samples + rows - 1) / rows * rows,
      std::max(rows, mostTotals / (accumulatorBytes * tile) / rows * rows));
  int64_t taskColumns = tile;
  for (int64_t size = tile; size <= slices.columns; size += tile)
    if (slices.columns % size == 0 &&
        accumulatorBytes * size * taskRows <= mostTotals)
      taskColumns = size;
  return Parameters{{"column_vectors", vectors},
                    {"rows", rows},
                    {"block", std::min<int64_t>(64, slices.rows)},
                    {"task_columns", taskColumns},
                    {"task_rows", taskRows}};
}

void Blocked::schedule(Builder &b, const Node &node) const {
  requireAlone(b, node);
  int64_t columns = Slices(b.spec, node).columns;
  int lanes = lanesOf(columns, b.machine);
  int vectors =
      static_cast<int>(b.parameter("column_vectors", 1, columns / lanes));
  int rows = static_cast<int>(b.parameter("rows", 1, 64));
  int taskColumns = static_cast<int>(b.parameter("task_columns", 1, columns));
  int taskRows = static_cast<int>(b.parameter("task_rows", rows, 1 << 12));
  // No two tasks compute the same element: each would round it in its own way,
  // and the last one to write depends on the threads.
  if (columns % taskColumns || taskColumns % (vectors * lanes) ||
      taskRows % rows)
    throw NotApplicable("a tile does not divide its task");
  if (accumulatorBytes * (taskColumns * taskRows + vectors * lanes * rows) >
      scratchLimit)
    throw NotApplicable("a task's totals are too large for its stack");

  Func &out = b.out(), &total = b.anchor, &partial = b.kept<Block>().partial;
  Var task("task"), rowTask("row_task"), cTile("c_tile"), rowTile("row_tile");
  Stage(out)
      .split(vc, task, vc, taskColumns, TailStrategy::ShiftInwards)
      .split(vn, rowTask, vn, taskRows, TailStrategy::GuardWithIf)
      .reorder({vc, vn, task, slice, rowTask})
      .fuse(task, slice, task)
      .fuse(task, rowTask, task)
      .vectorize(vc, lanes)
      .parallel(task);

  RVar blocks = total.rvars()[0];
  total.compute_at(out, task)
      .store_in(scratch)
      .bound_extent(vc, taskColumns)
      .bound_extent(slice, 1)
      .bound_storage(vn, taskRows);
  Stage(total).vectorize(vc, lanes);
  total.update()
      .split(vc, cTile, vc, vectors * lanes)
      .split(vn, rowTile, vn, rows, TailStrategy::RoundUp)
      .reorder({vc, vn, slice, rowTile, cTile, blocks})
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);
  partial.compute_at(total, rowTile)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(slice, 1)
      .bound_extent(vn, rows)
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);
  partial.update()
      .reorder({vc, vn, slice, b.domain.x})
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);

  // All rows of a batch meet a tile of weights: meanwhile the next one comes.
  b.prefetch(node, 1, {partial.name(), b.domain.x.name()},
             {total.name(), cTile.name()}, {total.name(), blocks.name()});
  b.prefetch(total.update(), node, 0, blocks);
}

namespace strategies {
const Strategy &blockedPartialDense() {
  static const Blocked strategy;
  return strategy;
}
} // namespace strategies

//===----------------------------------------------------------------------===//
// Advice
//===----------------------------------------------------------------------===//

/// The number of tasks that a schedule cuts a product of `batch` samples into.
static double tasksOf(const Schedule &schedule, int64_t columns, int64_t batch,
                      const Machine &machine) {
  auto parts = [](int64_t extent, int64_t part) {
    return static_cast<double>((extent + part - 1) / part);
  };
  auto has = [&](const char *name) { return schedule.parameters.count(name); };
  int64_t width = has("task_columns")
                      ? parameterOf(schedule, "task_columns")
                      : parameterOf(schedule, "column_vectors") *
                            parameterOf(schedule, "task_tiles") *
                            lanesFor(columns, machine.lanes);
  double tasks = parts(columns, width) *
                 static_cast<double>(parameterOf(schedule, "slices"));
  return has("task_rows")
             ? tasks * parts(batch, parameterOf(schedule, "task_rows"))
             : tasks;
}

int64_t denseSlices(const KernelSpec &spec, const Machine &machine) {
  const std::vector<int64_t> &w =
      typeOf(spec, leadingNode(spec).operands.at(1)).shape;
  int64_t reduced = w.at(0), columns = w.at(1);
  if (spec.batch < 2 || columns % machine.lanes)
    return 1;
  auto weights = static_cast<double>(reduced * columns);
  double weightBytes =
      weights * static_cast<double>(elementBytes(spec, leadingNode(spec), 1));
  double microseconds =
      std::max(machine.multiplyAddMicroseconds(static_cast<double>(spec.batch) *
                                               weights),
               weightBytes / machine.readBandwidth(weightBytes));
  // A slice's sums are written once and read once.
  double ofSums = 2 *
                  static_cast<double>(accumulatorBytes * spec.batch * columns) /
                  machine.streamBandwidth;
  auto time = [&](double tasks, double sums) {
    return microseconds * std::ceil(tasks / machine.cores) / tasks +
           sums / machine.cores;
  };
  // Sums may take a tenth of the time, and slicing must save a fifth.
  constexpr double mostForSums = 0.1, tasksPerCore = 2.5, gain = 0.8;
  constexpr int64_t fewestRows = 64;
  double best = gain * time(tasksOf(defaultSchedule(spec, machine), columns,
                                    spec.batch, machine),
                            0);
  int64_t slices = 1;
  for (int64_t count = 2; count <= reduced / fewestRows; ++count) {
    if (reduced % count)
      continue;
    KernelSpec cut = spec;
    Node &node = cut.nodes[0];
    node.op = "partial_dense";
    node.results[0].shape = {node.results[0].shape.at(0), count, columns};
    double tasks =
        static_cast<double>(count) *
        tasksOf(defaultSchedule(cut, machine), columns, spec.batch, machine);
    double sums = static_cast<double>(count) * ofSums;
    if (sums > mostForSums * microseconds ||
        tasks * machine.taskMicroseconds > microseconds ||
        tasks > tasksPerCore * machine.cores)
      break;
    double estimate = time(tasks, sums) + 2 * machine.callMicroseconds;
    if (estimate < best) {
      best = estimate;
      slices = count;
    }
  }
  return slices;
}

} // namespace lathe::kernels
