//===- Reduce.cpp - Sums and means along axes ----------------------------===//
//
// Three shapes of one sum: along all dimensions but the last (channels), along
// the last one and others (rows), and along others only (columns: lanes run
// over the last dimension, which stays).
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ChannelReduction.h"
#include "compiler/kernels/RowReduction.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <fmt/format.h>

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

/// Of columns.
struct PartialSums {
  Func partial;
};

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
  b.keep(PartialSums{partial});
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

namespace {
/// One of the three shapes.
class Reduction : public Strategy {
public:
  Reduction(Kind kind, const char *name, const char *purpose)
      : Strategy(name, purpose), kind(kind) {}

  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override {
    const TensorType &x = typeOf(spec, node.operands.at(0));
    ReducedDimensions d(node, x);
    if (kindOf(d) != kind)
      return std::nullopt;
    return parameters(d, x, spec.batch, machine);
  }
  void schedule(Builder &b, const Node &node) const override {
    const TensorType &x = b.operand(node, 0).type;
    if (kindOf(ReducedDimensions(node, x)) != kind)
      throw NotApplicable(fmt::format("'{}' is {}", name, purpose));
    if (b.outputs.size() > 1 ||
        b.resultType().shape != node.results.at(0).shape)
      throw NotApplicable("a reduction's results have the reduction's shape");
    schedule(b, x, variablesOf(node.results[0].shape.size()));
  }

private:
  virtual Parameters parameters(const ReducedDimensions &d, const TensorType &x,
                                int64_t batch,
                                const Machine &machine) const = 0;
  /// `kept` are the variables of the result.
  virtual void schedule(Builder &b, const TensorType &x,
                        std::vector<Var> kept) const = 0;
  Kind kind;
};

class Channels final : public Reduction {
public:
  Channels()
      : Reduction(Kind::Channels, "channels",
                  "along all dimensions but the last") {}

private:
  Parameters parameters(const ReducedDimensions &, const TensorType &x,
                        int64_t batch, const Machine &machine) const override {
    return channelsParameters(x, batch, machine, 1);
  }
  void schedule(Builder &b, const TensorType &x,
                std::vector<Var>) const override {
    scheduleChannels(b, x);
  }
};

/// Each term comes from memory; the usual batch is taken to be 32.
double microsecondsOf(const ReducedDimensions &d, const TensorType &x,
                      const Machine &machine) {
  double terms = static_cast<double>(d.countPerSample());
  if (d.reduced.back() && x.shape.front() == dynamicBatch)
    terms *= 32;
  return double(bytesOf(x.element)) / machine.memoryBandwidth * terms;
}

class Rows final : public Reduction {
public:
  Rows() : Reduction(Kind::Rows, "rows", "along the last dimension") {}

private:
  Parameters parameters(const ReducedDimensions &d, const TensorType &x,
                        int64_t, const Machine &machine) const override {
    return rowTasks(machine, microsecondsOf(d, x, machine));
  }
  void schedule(Builder &b, const TensorType &,
                std::vector<Var> kept) const override {
    LoopLevel level(b.out(), Var::outermost());
    if (!kept.empty())
      level = LoopLevel(b.out(), parallelRows(b, Stage(b.out()), kept));
    for (auto &reduction : b.rowReductions)
      reduction->computeAt(level);
  }
};

/// A tile of channels at a time, its sums in registers.
class Columns final : public Reduction {
public:
  Columns()
      : Reduction(Kind::Columns, "columns",
                  "along other dimensions than the last") {}

private:
  Parameters parameters(const ReducedDimensions &d, const TensorType &x,
                        int64_t, const Machine &machine) const override {
    int64_t channels = x.shape.back();
    Parameters parameters = rowTasks(
        machine, microsecondsOf(d, x, machine) * static_cast<double>(channels));
    // Four vectors hide the latency of an addition.
    parameters["channel_vectors"] =
        std::min<int64_t>(4, channels / lanesFor(channels, machine.lanes));
    return parameters;
  }
  void schedule(Builder &b, const TensorType &x,
                std::vector<Var> kept) const override;
};
} // namespace

void Columns::schedule(Builder &b, const TensorType &x,
                       std::vector<Var> kept) const {
  int64_t channels = x.shape.back();
  int lanes = lanesFor(channels, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, channels / lanes));
  Stage stage(b.out());
  Var tile("tile");
  stage.split(vc, tile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .vectorize(vc, lanes)
      .unroll(vc);
  if (kept.size() > 1)
    parallelRows(b, stage, {kept.begin() + 1, kept.end()});
  Func &sum = b.anchor, &partial = b.kept<PartialSums>().partial;
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
namespace strategies {
const Strategy &reduceChannels() {
  static const Channels strategy;
  return strategy;
}

const Strategy &reduceRows() {
  static const Rows strategy;
  return strategy;
}

const Strategy &reduceColumns() {
  static const Columns strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
