//===- SumReduction.cpp - Sums over all elements -------------------------===//
//
// squared_norm: sum of x^2; absolute_sum: sum of |x|. The tree is fixed: 64
// sums side by side over the elements of a slice, the slices in turn, then the
// 64 sums. Rows (or for a vector, its elements) are cut into slices. Elements
// that do not fill 64 are added to the first sums.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var slice("slice");

namespace {
/// 64 sums of each slice, and of all.
struct Sums {
  Func sums, joined;
};
} // namespace

bool sumsAllElements(const std::string &op) {
  return op == "squared_norm" || op == "absolute_sum";
}

void buildSumReduction(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  if (x.rank() != 1 && x.rank() != 2)
    throw NotApplicable(node.op + " takes a vector, or a matrix where other "
                                  "operands repeat or the batch is dynamic");
  if (x.rank() == 1 && x.size(0) == dynamicBatch)
    throw NotApplicable(node.op + ": a vector of unknown length");
  int slices = static_cast<int>(b.parameter("slices", 1, 64));
  int columns = static_cast<int>(x.size(0)), width = lanesFor(columns, 64);
  int chunks = columns / width, rest = columns % width;

  // A slice is a range of chunks of a vector, or of rows of a matrix.
  bool vector = x.rank() == 1;
  Expr whole = vector ? Expr(chunks) : b.extent(x.size(1));
  Expr perSlice = (whole + slices - 1) / slices;
  auto number = [&](RDom &r, const RVar &within) {
    if (slices == 1)
      return Expr(within);
    Expr result = slice * perSlice + within;
    r.where(result < whole);
    return result;
  };
  auto term = [&](const Expr &column, const Expr &row) {
    Expr element = x.at(vector ? Index{column} : Index{column, row});
    return node.op == "squared_norm" ? element * element : abs(element);
  };

  Func sums("sums"), joined("joined"), total("total");
  sums(vc, slice) = 0.0f;
  RDom r(0, vector ? 1 : chunks, 0, perSlice);
  Expr row = number(r, r.y);
  sums(vc, slice) +=
      forEach(r, term((vector ? row : Expr(r.x)) * width + vc, row));
  if (rest && vector) {
    RDom last(0, rest);
    sums(last, 0) += term(chunks * width + last, 0);
  } else if (rest) {
    RDom last(0, rest, 0, perSlice);
    Expr row = number(last, last.y);
    sums(last.x, slice) += term(chunks * width + last.x, row);
  }
  RDom all(0, slices), lanes(0, width);
  joined(vc) = 0.0f;
  joined(vc) += sums(vc, all);
  total() = 0.0f;
  total() += joined(lanes);
  b.keep(Sums{sums, joined});
  b.anchor = total;
  b.values[firstResult].at = [=](const Index &) { return Expr(total()); };
}

Parameters sumReductionParameters(const KernelSpec &spec, const Node &node,
                                  const Machine &machine) {
  const TensorType &x = typeOf(spec, node.operands.at(0));
  // The usual batch is taken to be 32.
  bool dynamic = !x.shape.empty() && x.shape[0] == dynamicBatch;
  double microseconds = (dynamic ? 32 : 1) * double(bytesOf(x.element)) /
                        machine.streamBandwidth *
                        static_cast<double>(elementsPerSample(x));
  auto slices = static_cast<int64_t>(microseconds / machine.taskMicroseconds);
  return {{"slices", std::clamp<int64_t>(slices, 1, 64)}};
}

void scheduleSumReduction(Builder &b, const Node &node) {
  if (!b.resultType().shape.empty())
    throw NotApplicable(node.op + " makes a scalar");
  int width = lanesFor(b.operand(node, 0).size(0), 64);
  int lanes = std::min(width, b.machine.lanes);
  int slices = static_cast<int>(b.parameter("slices", 1, 64));
  auto &[sums, joined] = b.kept<Sums>();
  LoopLevel outside(b.out(), Var::outermost());

  sums.compute_at(outside)
      .store_in(scratch)
      .bound_extent(vc, width)
      .bound_extent(slice, slices);
  Stage(sums).vectorize(vc, lanes).unroll(vc);
  Stage update = sums.update();
  update.reorder({vc, sums.rvars()[0], sums.rvars()[1], slice})
      .vectorize(vc, lanes)
      .unroll(vc);
  if (slices > 1) {
    Stage(sums).parallel(slice);
    update.parallel(slice);
  }
  if (sums.num_update_definitions() > 1) {
    bool matrix = b.operand(node, 0).rank() == 2;
    if (matrix && slices > 1)
      sums.update(1).parallel(slice);
    else
      sums.update(1).unscheduled();
  }
  joined.compute_at(outside).store_in(scratch).bound_extent(vc, width);
  Stage(joined).vectorize(vc, lanes);
  joined.update().reorder({vc, joined.rvars()[0]}).vectorize(vc, lanes);
  b.anchor.compute_at(outside).store_in(scratch);
}

} // namespace lathe::kernels
