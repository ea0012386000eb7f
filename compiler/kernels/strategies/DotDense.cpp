//===- DotDense.cpp - Gradients of long rows by dot products -------------===//
//
// Strategy "dot" of dense_backward_data, dx[b,k] = sum over m of dy[b,m] *
// w[k,m]. Both rows lie in memory along the sum, so that lanes run over it: a
// vector of sums for each element, whose lanes are added at the end. They are
// added in pairs, for a vector of elements at once: of the row
//
//   k0 k0 k0 k0 k1 k1 k1 k1 ...
//
// sums of neighbours are k0 k0 k1 k1 ..., then k0 k1 ... Weights are read once
// and in their order, where other strategies transpose them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

/// Sums of neighbouring lanes, of half as many lanes each time.
struct Halves {
  std::vector<Func> pairs;
};

namespace {
class Dot final : public Strategy {
public:
  Dot() : Strategy("dot", "for long rows") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override;
};
} // namespace

void Dot::build(Builder &b, const Node &node, int firstResult) const {
  Value dy = b.operand(node, 0), w = b.operand(node, 1);
  int lanes = b.machine.lanes;
  int reduced = static_cast<int>(w.size(0)),
      columns = static_cast<int>(w.size(1));
  if (reduced % lanes)
    throw NotApplicable("'dot' needs whole vectors of gradients");

  // Element vc is lane vc % lanes of column vc / lanes.
  RDom r(0, reduced / lanes);
  Expr at = r * lanes + vc % lanes;
  Func sum("sum");
  sum(vc, vn) = 0.0f;
  // Rows and columns that fill up a tile repeat the last and are not written.
  sum(vc, vn) += forEach(r, dy.at({at, min(vn, b.extent(dy.size(1)) - 1)}) *
                                w.at({at, min(vc / lanes, columns - 1)}));
  b.anchor = sum;
  b.domain = r;
  Func previous = sum;
  Halves halves;
  for (int rest = lanes / 2; rest > 0; rest /= 2) {
    Func pairs("pairs");
    pairs(vc, vn) = previous(2 * vc, vn) + previous(2 * vc + 1, vn);
    halves.pairs.push_back(pairs);
    previous = pairs;
  }
  b.keep(std::move(halves));
  b.values[firstResult].at = [previous](const Index &i) {
    return previous(i[0], i[1]);
  };
}

std::optional<Parameters> Dot::defaults(const KernelSpec &spec,
                                        const Node &node,
                                        const Machine &machine) const {
  const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
  int64_t columns = w.at(0), reduced = w.at(1);
  // Adding lanes takes as long as some steps of the sum.
  if (reduced % machine.lanes || reduced < 4 * machine.lanes)
    return std::nullopt;
  double microseconds =
      machine.multiplyAddMicroseconds(32 * static_cast<double>(reduced));
  int64_t tiles = (columns + machine.lanes - 1) / machine.lanes;
  int64_t task = piecesPerTask(machine, tiles, microseconds * machine.lanes);
  return Parameters{{"columns", machine.registers / 8},
                    {"rows", 4},
                    {"prefetch", 1},
                    {"task_rows", 32},
                    {"task_tiles", task}};
}

void Dot::schedule(Builder &b, const Node &node) const {
  int64_t columns = b.operand(node, 1).size(1);
  requireMatrices(b, columns);
  int lanes = b.machine.lanes;
  int tile = static_cast<int>(b.parameter("columns", 2, lanes));
  int rows = static_cast<int>(b.parameter("rows", 1, 64));
  int taskRows = static_cast<int>(b.parameter("task_rows", rows, 64));
  int taskTiles = static_cast<int>(b.parameter("task_tiles", 1, 1 << 20));
  if (lanes % tile || taskRows % rows)
    throw NotApplicable("a tile does not divide its task");

  std::vector<Func> &halves = b.kept<Halves>().pairs;
  Func &out = b.out(), &sum = b.anchor, &pairs = halves.front();
  Var cTile("c_tile"), rowTask("row_task"), rowTile("row_tile"), task("task"),
      group("group"), column("column");
  Stage(out)
      .split(vc, cTile, vc, lanes, TailStrategy::GuardWithIf)
      .split(vn, rowTask, vn, taskRows, TailStrategy::GuardWithIf)
      .split(cTile, task, cTile, taskTiles, TailStrategy::GuardWithIf)
      .reorder({vc, vn, rowTask, cTile, task})
      .vectorize(vc)
      .parallel(task);

  // Registers hold the sums of a few columns and rows; a group's columns of
  // weights stay in L1 while all rows meet them.
  int width = lanes * lanes / 2;
  pairs.compute_at(out, rowTask)
      .store_in(scratch)
      .bound_extent(vc, width)
      .bound_storage(vn, taskRows)
      .split(vc, group, vc, lanes / 2 * tile)
      .split(vn, rowTile, vn, rows, TailStrategy::RoundUp)
      .reorder({vc, vn, rowTile, group})
      .vectorize(vc, std::min(lanes, lanes / 2 * tile))
      .unroll(vn);
  if (b.parameter("prefetch", 0, 1))
    b.prefetch(node, 1, {sum.name(), b.domain.x.name()},
               {pairs.name(), group.name()}, {out.name(), cTile.name()});
  for (size_t i = 1; i < halves.size(); ++i)
    halves[i]
        .compute_at(out, vn)
        .store_in(scratch)
        .bound_extent(vc, width >> i)
        .vectorize(vc, std::min(lanes, width >> i));
  sum.compute_at(pairs, rowTile)
      .store_in(scratch)
      .bound_extent(vc, lanes * tile)
      .bound_extent(vn, rows)
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);
  sum.update()
      .split(vc, column, vc, lanes)
      .reorder({vc, column, vn, b.domain.x})
      .vectorize(vc)
      .unroll(column)
      .unroll(vn);
}

namespace strategies {
const Strategy &dotDense() {
  static const Dot strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
