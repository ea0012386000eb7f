//===- Indexing.cpp - Operations along the middle of three dimensions ----===//
//
// axis_reduce and axis_arg: a tile of the inner dimension at a time, what has
// been reduced of it in registers. gather moves elements.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/FunctionNames.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Movement.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
const Value &threeDimensional(const Builder &b, const Node &node) {
  const Value &x = b.operand(node, 0);
  if (x.rank() != 3)
    throw NotApplicable(node.op + " takes a tensor of rank 3");
  return x;
}

struct Reduction {
  const char *function;
  Expr (*first)(Type type);
  Expr (*combine)(const Expr &a, const Expr &b);
};
const Reduction reductions[] = {
    {"maximum", [](Type type) { return type.min(); }, ieeeMax},
    {"minimum", [](Type type) { return type.max(); }, ieeeMin},
    {"product", [](Type type) { return Internal::make_one(type); },
     [](const Expr &a, const Expr &b) { return a * b; }},
    {"sum", [](Type type) { return Internal::make_zero(type); },
     [](const Expr &a, const Expr &b) { return a + b; }},
};
} // namespace

std::vector<std::string> axisReductionNames() {
  std::vector<std::string> names;
  for (const auto &row : reductions)
    names.push_back(row.function);
  return names;
}

void buildAxisReduce(Builder &b, const Node &node, int firstResult) {
  Value x = threeDimensional(b, node);
  std::string function = textAttribute(node, "function", "");
  const auto *row =
      std::find_if(std::begin(reductions), std::end(reductions),
                   [&](const Reduction &r) { return function == r.function; });
  if (row == std::end(reductions))
    throw NotApplicable("axis_reduce: unknown function '" + function + "'");
  RDom r(0, static_cast<int>(x.size(1)));
  Func reduced("reduced");
  reduced(vc, vn) = row->first(halideType(x.type.element));
  reduced(vc, vn) =
      row->combine(reduced(vc, vn), forEach(r, x.at({vc, r, vn})));
  b.anchor = reduced;
  b.domain = r;
  b.values[firstResult].at = [=](const Index &i) { return reduced(i); };
}

void buildAxisArg(Builder &b, const Node &node, int firstResult) {
  Value x = threeDimensional(b, node);
  bool least = textAttribute(node, "function", "") == "minimum";
  bool last = intAttribute(node, "last", 0) != 0;
  // Place 0 is there before the others are looked at.
  int extent = static_cast<int>(x.size(1));
  RDom r(0, extent);
  Func best("best");
  best(vc, vn) = Tuple(0, x.at({vc, 0, vn}));
  Expr element = x.at({vc, r, vn});
  Expr place = best(vc, vn)[0], value = best(vc, vn)[1];
  Expr better = least ? element < value : element > value;
  if (last)
    better = better || element == value;
  // As in NumPy, NaN is better than all numbers.
  if (isFloat(x.type.element))
    better = better || (isNaN(element) &&
                        (last ? Internal::const_true() : !isNaN(value)));
  best(vc, vn) =
      Tuple(select(better, r, place), select(better, element, value));
  b.anchor = best;
  b.domain = r;
  b.values[firstResult].at = [=](const Index &i) {
    return cast<int64_t>(best(i)[0]);
  };
}

Parameters axisParameters(const KernelSpec &spec, const Node &node,
                          const Machine &machine) {
  const TensorType &x = typeOf(spec, node.operands.at(0));
  if (x.shape.size() != 3)
    throw NotApplicable(node.op + " takes a tensor of rank 3");
  double microseconds = 5 / machine.memoryBandwidth *
                        static_cast<double>(x.shape[1] * x.shape[2]);
  int64_t lanes = lanesFor(x.shape[2], machine.lanes);
  return {{"inner_vectors", std::clamp<int64_t>(x.shape[2] / lanes, 1, 4)},
          {"task_rows", imagesPerTask(machine, microseconds)}};
}

void scheduleAxis(Builder &b, const Node &node) {
  const TensorType &type = b.resultType();
  if (b.outputs.size() > 1 || type.shape.size() != 2)
    throw NotApplicable("a reduction's results have the reduction's shape");
  int lanes = lanesFor(type.shape[1], b.machine.lanes);
  int tileSize = lanes * static_cast<int>(b.parameter("inner_vectors", 1,
                                                      type.shape[1] / lanes));
  int64_t rows = b.parameter("task_rows", 1, 1 << 30);
  Var tile("tile");
  Stage stage(b.out());
  stage.split(vc, tile, vc, tileSize, TailStrategy::ShiftInwards)
      .vectorize(vc, lanes)
      .unroll(vc);
  parallelBatch(stage, vn, rows);
  b.anchor.compute_at(b.out(), tile)
      .store_in(scratch)
      .bound_extent(vc, tileSize);
  Stage(b.anchor).vectorize(vc, lanes).unroll(vc);
  b.anchor.update().reorder(vc, b.domain.x).vectorize(vc, lanes).unroll(vc);
}

void buildGather(Builder &b, const Node &node, int firstResult) {
  Value x = threeDimensional(b, node), numbers = b.operand(node, 1);
  if (numbers.rank() != 1)
    throw NotApplicable("gather takes a vector of numbers");
  int extent = static_cast<int>(x.size(1));
  b.values[firstResult].at = [=](const Index &i) {
    Expr number = numbers.at({i[1]});
    number = select(number < 0, number + extent, number);
    return x.at({i[0],
                 cast<int>(clamp(number, cast(number.type(), 0),
                                 cast(number.type(), extent - 1))),
                 i[2]});
  };
}

} // namespace lathe::kernels
