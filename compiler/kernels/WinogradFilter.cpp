//===- WinogradFilter.cpp - 3x3 filters in frequencies -------------------===//
//
// u[k] = G g Gᵀ for each pair of channels, k over the 36 elements. The gradient
// for the data convolves with the filter turned by 180 degrees, its channels
// exchanged.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/Winograd.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

using namespace winograd;

static const Var i("i"), j("j");

namespace {
/// A filter whose columns are transformed.
struct Columns {
  Func transformed;
};
} // namespace

void buildWinogradFilter(Builder &b, const Node &node, int firstResult) {
  Value w = b.operand(node, 0);
  if (w.rank() != 4 || w.size(2) != 3 || w.size(3) != 3)
    throw NotApplicable("winograd_filter takes filters of 3x3");
  bool backward = intAttribute(node, "transposed", 0) != 0;
  Func columns("columns");
  columns(vc, vx, i, j) = multiply(filterTransform, i, [&](int row) {
    return backward ? w.at({vx, vc, 2 - j, 2 - row}) : w.at({vc, vx, j, row});
  });
  b.keep(Columns{columns});
  b.values[firstResult].at = [columns](const Index &index) {
    return multiply(filterTransform, index[2] % inTile, [&](int column) {
      return columns(index[0], index[1], index[2] / inTile, column);
    });
  };
}

Parameters winogradFilterParameters(const KernelSpec &, const Node &node,
                                    const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  // 36 results of each vector, in 36 places of memory.
  double microseconds =
      static_cast<double>(shape[2]) / machine.lanes * machine.cycles(300);
  return {{"task_rows", piecesPerTask(machine, shape[1], microseconds)}};
}

void scheduleWinogradFilter(Builder &b, const Node &node) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  requireAlone(b, node);
  int lanes = lanesFor(shape[2], b.machine.lanes);
  int rows = static_cast<int>(b.parameter("task_rows", 1, shape[1]));
  Var outer("c_tile"), task("task");
  // A row of the plain filter is read along the loop over the reduced channels
  // where the filter is transposed: that is the inner one then.
  bool backward = intAttribute(node, "transposed", 0) != 0;
  const Var &inner = backward ? vx : outer, &next = backward ? outer : vx;
  Stage(b.out())
      .split(vc, outer, vc, lanes, TailStrategy::ShiftInwards)
      .split(vx, task, vx, rows, TailStrategy::GuardWithIf)
      .reorder(vc, vn, inner, next, task)
      .vectorize(vc)
      .unroll(vn)
      .parallel(task);
  b.kept<Columns>()
      .transformed.compute_at(b.out(), inner)
      .store_in(scratch)
      .vectorize(vc)
      .unroll(i)
      .unroll(j);
}

} // namespace lathe::kernels
