//===- SlicedDense.cpp - Fully connected layers of a single sample -------===//
//
// Strategy "sliced" of dense. A single sample uses each weight once: the time
// is that of reading them. So each task reads rows that lie one behind the
// other from their first column to their last, and its sums of all columns stay
// in L1. The sums of the slices are added in their order.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var slice("slice");

/// Rows whose products are added to a sum before it is stored again.
static constexpr int64_t rowsAtOnce = 4;

/// What the sums of all slices may take of the stack, those of the whole beside
/// them or without.
static constexpr int64_t sumBytes = 64 * 1024;

/// The sums of each slice.
struct Slices {
  Func partial;
};

namespace {
class Sliced final : public Strategy {
public:
  Sliced() : Strategy("sliced", "for one sample") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  bool preferred(const KernelSpec &spec, const Node &node,
                 const Machine &machine) const override;
  void build(Builder &b, const Node &node, int firstResult) const override;
  void schedule(Builder &b, const Node &node) const override;
};
} // namespace

static bool fits(int64_t columns, int64_t slices) {
  return accumulatorBytes * columns * (slices + 1) <= scratchLimit;
}

void Sliced::build(Builder &b, const Node &node, int firstResult) const {
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
  b.keep(Slices{partial});
  b.domain = r;
  b.values[firstResult].at = [total](const Index &i) {
    return total(i[0], i[1]);
  };
}

bool Sliced::preferred(const KernelSpec &spec, const Node &node,
                       const Machine &machine) const {
  // Weights that L2 does not keep from one call to the next.
  const TensorType &w = typeOf(spec, node.operands.at(1));
  return spec.batch == 1 &&
         bytesOf(w.element) * elementsPerSample(w) >= machine.l2;
}

std::optional<Parameters> Sliced::defaults(const KernelSpec &spec,
                                           const Node &node,
                                           const Machine &machine) const {
  const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
  int64_t reduced = w.at(0), columns = w.at(1);
  if (columns % machine.lanes)
    return std::nullopt;
  for (int64_t slices =
           std::min<int64_t>(16, sumBytes / (accumulatorBytes * columns));
       slices > 1; --slices)
    if (fits(columns, slices) && reduced % (slices * rowsAtOnce) == 0)
      return Parameters{{"slices", slices}};
  return std::nullopt;
}

void Sliced::schedule(Builder &b, const Node &node) const {
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

  Func &out = b.out(), &total = b.anchor, &partial = b.kept<Slices>().partial;
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

namespace strategies {
const Strategy &slicedDense() {
  static const Sliced strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
