//===- BlockedDense.cpp - Fully connected layers with long sums ----------===//
//
// Strategy "blocked" of dense. A strip of a few columns of the weights touches
// a page for every row or two of them, and a row tile's sums walk over all
// rows: with tens of thousands of rows neither the pages nor the strip stay
// near. So the sum is cut into blocks of rows; a task holds the totals of its
// columns on its stack and adds block after block to them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var block("block");

/// The sums over a block of rows.
struct Block {
  Func partial;
};

namespace {
class Blocked final : public Strategy {
public:
  Blocked() : Strategy("blocked") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  bool preferred(const KernelSpec &spec, const Node &node,
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

void Blocked::build(Builder &b, const Node &node, int firstResult) const {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  int reduced = static_cast<int>(x.size(0));
  int size = static_cast<int>(b.parameter("block", 1, reduced));
  int blocks = (reduced + size - 1) / size;

  RDom r(0, size), all(0, blocks);
  Expr row = block * size + r;
  if (reduced % size)
    r.where(row < reduced);
  row = min(row, reduced - 1);
  Func partial("partial"), total("total");
  partial(vc, vn, block) = 0.0f;
  // A tile's rows beyond the batch repeat the last row and are not written.
  partial(vc, vn, block) += forEach(
      r, x.at({row, min(vn, b.extent(x.size(1)) - 1)}) * w.at({vc, row}));
  total(vc, vn) = 0.0f;
  total(vc, vn) += partial(vc, vn, all);

  b.anchor = total;
  b.keep(Block{partial});
  b.domain = r;
  b.values[firstResult].at = [total](const Index &i) {
    return total(i[0], i[1]);
  };
}

bool Blocked::preferred(const KernelSpec &spec, const Node &node,
                        const Machine &machine) const {
  // Rows of weights from which on a product is better cut into blocks of them,
  // and samples up to which it is no more than a walk over the weights.
  constexpr int64_t longSum = 2048, fewSamples = 4;
  const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
  return w.at(0) >= longSum && w.at(1) % machine.lanes == 0 &&
         (spec.batch == 0 || spec.batch > fewSamples);
}

std::optional<Parameters> Blocked::defaults(const KernelSpec &spec,
                                            const Node &node,
                                            const Machine &machine) const {
  const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
  int64_t reduced = w.at(0), columns = w.at(1);
  int64_t lanes = lanesFor(columns, machine.lanes);
  // 16 accumulators or 8, as registers allow. Each step asks the memory for a
  // tile's row as well: few vectors leave more time between.
  int64_t vectors = columns % (2 * lanes) ? 1 : 2;
  // Half a KiB of each row: neighbouring lines come by themselves. Less would
  // make more tasks, each of which walks through the pages of all weights: with
  // 128 bytes of rows of 2 KiB, two cores took half as long again.
  int64_t taskColumns = vectors * lanes;
  for (int64_t size = taskColumns; size <= std::min<int64_t>(128, columns);
       size += vectors * lanes)
    if (columns % size == 0)
      taskColumns = size;
  return Parameters{
      {"column_vectors", vectors},
      {"rows", std::min<int64_t>(machine.registers / 2 / vectors, 8)},
      {"block", std::min<int64_t>(64, reduced)},
      {"task_columns", taskColumns},
      {"task_rows", 32}};
}

void Blocked::schedule(Builder &b, const Node &node) const {
  int64_t columns = b.operand(node, 1).size(0);
  requireMatrices(b, columns);
  int lanes = lanesFor(columns, b.machine.lanes);
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
      .reorder(vc, vn, task, rowTask)
      .fuse(task, rowTask, task)
      .vectorize(vc, lanes)
      .parallel(task);

  RVar blocks = total.rvars()[0];
  total.compute_at(out, task)
      .store_in(scratch)
      .bound_extent(vc, taskColumns)
      .bound_storage(vn, taskRows);
  Stage(total).vectorize(vc, lanes);
  total.update()
      .split(vc, cTile, vc, vectors * lanes)
      .split(vn, rowTile, vn, rows, TailStrategy::RoundUp)
      .reorder({vc, vn, rowTile, cTile, blocks})
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);
  partial.compute_at(total, rowTile)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(vn, rows)
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);
  partial.update()
      .reorder(vc, vn, b.domain.x)
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);

  // All rows of a batch meet a tile of weights: meanwhile the next one comes.
  b.prefetch(node, 1, {partial.name(), b.domain.x.name()},
             {total.name(), cTile.name()}, {total.name(), blocks.name()});
  b.prefetch(total.update(), node, 0, blocks);
}

namespace strategies {
const Strategy &blockedDense() {
  static const Blocked strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
