//===- Reduce.cpp - Sums and means along axes ----------------------------===//
//
// Three shapes of one sum: along all dimensions but the last (channels), along
// the last one and others (rows), and along others only (columns: lanes run
// over the last dimension, which stays).
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ChannelReduction.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/RowReduction.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
enum class Kind { Channels, Rows, Columns };
Kind kindOf(const ReducedDimensions &dimensions) {
  if (dimensions.reduced.at(0))
    return Kind::Rows;
  bool all = dimensions.reduced.size() > 1 &&
             std::all_of(dimensions.reduced.begin() + 1,
                         dimensions.reduced.end(), [](bool r) { return r; });
  return all ? Kind::Channels : Kind::Columns;
}

/// sum(kept) over partial(kept, outer): the slowest reduced dimension goes
/// through sums over the others, so that each has few terms.
void buildColumns(Builder &b, const ReducedDimensions &d, const Value &x,
                  int firstResult) {
  std::vector<Var> kept = d.kept(), all = variablesOf(d.reduced.size());
  std::vector<Expr> place(kept.begin(), kept.end());
  Region inner;
  Expr outerExtent = 1;
  size_t outerDimension = 0;
  for (size_t i = 0; i < d.reduced.size(); ++i)
    if (d.reduced[i])
      outerDimension = i;
  Var outer("outer");
  Index index(all.begin(), all.end());
  for (size_t i = 0; i < outerDimension; ++i)
    if (d.reduced[i])
      inner.push_back({0, static_cast<int>(x.size(i))});
  if (outerDimension)
    outerExtent = b.extent(x.size(outerDimension));

  Func partial("partial"), sum("sum");
  std::vector<Expr> partialPlace = place;
  partialPlace.push_back(outer);
  partial(partialPlace) = 0.0f;
  if (outerDimension)
    index[outerDimension] = outer;
  RDom r(inner.empty() ? Region{{0, 1}} : inner);
  int next = 0;
  for (size_t i = 0; i < outerDimension; ++i)
    if (d.reduced[i])
      index[i] = r[next++];
  partial(partialPlace) += forEach(r, x.at(index));
  RDom o(0, outerExtent);
  sum(place) = 0.0f;
  partialPlace.back() = o;
  sum(place) += partial(partialPlace);
  b.anchor = sum;
  b.helpers = {partial};
  b.values[firstResult].at = [sum](const Index &i) { return sum(i); };
}
} // namespace

void buildReduce(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  ReducedDimensions d(node, x.type);
  std::string function = textAttribute(node, "function", "sum");
  if (function != "sum" && function != "mean")
    throw NotApplicable("reduce: unknown function '" + function + "'");
  switch (kindOf(d)) {
  case Kind::Channels:
    buildChannelSums(b, x.type, {x.at}, firstResult);
    break;
  case Kind::Rows:
    b.rowReductions.push_back(
        std::make_shared<RowReduction>(b, d, RowOperation::Sum, x.at));
    b.values[firstResult].at = [sum = b.rowReductions.back()](const Index &i) {
      return sum->at(i);
    };
    break;
  case Kind::Columns:
    buildColumns(b, d, x, firstResult);
    break;
  }

  // `sum` takes the dimensions that stay; with `keepdims` the result has the
  // others too.
  auto sum = b.values[firstResult].at;
  bool keepsAll = node.results.at(0).shape.size() == d.reduced.size();
  Expr count = cast<float>(d.count(b));
  bool mean = function == "mean";
  b.values[firstResult].at = [=](const Index &i) {
    Expr total = sum(keepsAll ? d.keptOf(i) : i);
    return mean ? total / count : total;
  };
}

Schedule reduceDefault(const KernelSpec &spec, const Node &node,
                       const Machine &machine) {
  const TensorType &x = typeOf(spec, node.operands.at(0));
  ReducedDimensions d(node, x);
  Kind kind = kindOf(d);
  if (kind == Kind::Channels)
    return channelsDefault(x, spec.batch, machine, 1);
  // 4 bytes each, from memory; the usual batch is taken to be 32.
  double terms = static_cast<double>(d.countPerSample());
  if (d.reduced.back() && x.shape.front() == dynamicBatch)
    terms *= 32;
  int64_t channels = x.shape.back();
  Schedule schedule = rowsSchedule(
      machine, 4 / machine.memoryBandwidth * terms *
                   (kind == Kind::Columns ? static_cast<double>(channels) : 1));
  if (kind == Kind::Columns) {
    schedule.strategy = "columns";
    // Four vectors hide the latency of an addition.
    schedule.parameters["channel_vectors"] =
        std::min<int64_t>(4, channels / lanesFor(channels, machine.lanes));
  }
  return schedule;
}

/// Columns: a tile of channels at a time, its sums in registers.
static void scheduleColumns(Builder &b, int64_t channels,
                            const std::vector<Var> &rows) {
  int lanes = lanesFor(channels, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, channels / lanes));
  Stage stage(b.out());
  Var tile("tile");
  stage.split(vc, tile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .vectorize(vc, lanes)
      .unroll(vc);
  if (!rows.empty())
    parallelRows(b, stage, rows);
  Func &sum = b.anchor, &partial = b.helpers[0];
  auto place = [&](Func &func, const LoopLevel &level) {
    func.compute_at(level).store_in(scratch).bound_extent(vc, vectors * lanes);
    Stage(func).vectorize(vc, lanes).unroll(vc);
    std::vector<VarOrRVar> order = {vc};
    for (const RVar &r : func.rvars())
      order.push_back(r);
    func.update().reorder(order).vectorize(vc, lanes).unroll(vc);
  };
  place(sum, LoopLevel(b.out(), tile));
  place(partial, LoopLevel(sum, sum.rvars()[0]));
}

void scheduleReduce(Builder &b, const Node &node) {
  const TensorType &x = b.operand(node, 0).type;
  ReducedDimensions d(node, x);
  Kind kind = kindOf(d);
  if (b.outputs.size() > 1 || b.resultType().shape != node.results.at(0).shape)
    throw NotApplicable("a reduction's results have the reduction's shape");
  if (kind == Kind::Channels) {
    scheduleChannels(b, x);
    return;
  }
  if (b.chosen.strategy != (kind == Kind::Rows ? "rows" : "columns"))
    throw NotApplicable("reduce has the strategy 'rows' along the last "
                        "dimension and 'columns' along others");
  std::vector<Var> rows = variablesOf(node.results[0].shape.size());
  if (kind == Kind::Columns) {
    rows.erase(rows.begin());
    scheduleColumns(b, x.shape.back(), rows);
    return;
  }
  LoopLevel level(b.out(), Var::outermost());
  if (!rows.empty())
    level = LoopLevel(b.out(), parallelRows(b, Stage(b.out()), rows));
  for (auto &reduction : b.rowReductions)
    reduction->computeAt(level);
}

} // namespace lathe::kernels
