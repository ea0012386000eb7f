//===- SlicedDense.cpp - Fully connected layers of a single sample -------===//
//
// Strategy "sliced" of dense. A single sample uses each weight once: the time
// is that of reading them. So each task reads rows that lie one behind the
// other from their first column to their last, and its sums of all columns stay
// in L1. The sums of the slices are added in their order.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var slice("slice");

/// Rows whose products are added to a sum before it is stored again.
static constexpr int64_t rowsAtOnce = 4;

/// What the sums of all slices may take of the stack, those of the whole beside
/// them or without.
static constexpr int64_t sumBytes = 64 * 1024;

static bool fits(int64_t columns, int64_t slices) {
  return 4 * columns * (slices + 1) <= scratchLimit;
}

void buildSlicedDense(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  int reduced = static_cast<int>(x.size(0));
  int slices = static_cast<int>(b.parameter("slices", 1, reduced));
  RDom r(0, reduced / slices), all(0, slices);
  Expr row = slice * (reduced / slices) + r;

  Func partial("partial"), total("total");
  partial(vc, vn, slice) = 0.0f;
  partial(vc, vn, slice) += forEach(r, x.at({row, vn}) * w.at({vc, row}));
  total(vc, vn) = 0.0f;
  total(vc, vn) += partial(vc, vn, all);

  b.anchor = total;
  b.helpers = {partial};
  b.domain = r;
  b.values[firstResult].at = [total](const Index &i) {
    return total(i[0], i[1]);
  };
}

std::optional<Schedule> slicedDenseDefault(const Machine &machine,
                                           int64_t columns, int64_t reduced) {
  if (columns % machine.lanes)
    return std::nullopt;
  for (int64_t slices = std::min<int64_t>(16, sumBytes / (4 * columns));
       slices > 1; --slices)
    if (fits(columns, slices) && reduced % (slices * rowsAtOnce) == 0)
      return Schedule{"sliced", {{"slices", slices}}};
  return std::nullopt;
}

void scheduleSlicedDense(Builder &b, const Node &node) {
  int64_t columns = b.operand(node, 1).size(0),
          reduced = b.operand(node, 1).size(1);
  requireMatrices(b, columns);
  int lanes = b.machine.lanes;
  int slices = static_cast<int>(b.parameter("slices", 1, reduced));
  if (columns % lanes || reduced % (slices * rowsAtOnce))
    throw NotApplicable("'sliced' needs whole vectors of columns and whole "
                        "slices of rows");
  if (!fits(columns, slices))
    throw NotApplicable("the sums of the slices are too large for the stack");

  Func &out = b.out(), &total = b.anchor, &partial = b.helpers[0];
  Stage(out).vectorize(vc, lanes);
  for (Func *sums : {&total, &partial})
    sums->compute_at(out, vn)
        .store_in(scratch)
        .bound_extent(vc, static_cast<int>(columns))
        .vectorize(vc, lanes);
  total.update()
      .reorder({vc, total.rvars()[0], vn})
      .vectorize(vc, lanes)
      .unroll(total.rvars()[0]);
  RVar inner("inner");
  partial.update()
      .split(b.domain.x, b.domain.x, inner, static_cast<int>(rowsAtOnce))
      .reorder({inner, vc, b.domain.x, vn, slice})
      .vectorize(vc, lanes)
      .unroll(inner)
      .parallel(slice);
}

} // namespace lathe::kernels
