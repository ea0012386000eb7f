//===- RowReduction.cpp - One value for each row -------------------------===//

#include "compiler/kernels/RowReduction.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var lane("lane");

ReducedDimensions::ReducedDimensions(const Node &node, const TensorType &type)
    : type(type), reduced(type.shape.size()) {
  for (size_t axis : axesAttribute(node, "axes", type.shape.size()))
    reduced[type.shape.size() - 1 - axis] = true;
}

std::vector<Var> ReducedDimensions::kept() const {
  std::vector<Var> all = variablesOf(reduced.size()), result;
  for (size_t i = 0; i < all.size(); ++i)
    if (!reduced[i])
      result.push_back(all[i]);
  return result;
}

Index ReducedDimensions::keptOf(const Index &index) const {
  Index result;
  for (size_t i = 0; i < reduced.size(); ++i)
    if (!reduced[i])
      result.push_back(index[i]);
  return result;
}

Expr ReducedDimensions::count(const Builder &b) const {
  Expr product = 1;
  for (size_t i = 0; i < reduced.size(); ++i)
    if (reduced[i])
      product *= b.extent(type.shape[reduced.size() - 1 - i]);
  return product;
}

int64_t ReducedDimensions::countPerSample() const {
  int64_t product = 1;
  for (size_t i = 0; i < reduced.size(); ++i)
    if (int64_t size = type.shape[reduced.size() - 1 - i];
        reduced[i] && size != dynamicBatch)
      product *= size;
  return product;
}

static Expr combine(RowOperation operation, const Expr &a, const Expr &b) {
  return operation == RowOperation::Sum ? a + b : max(a, b);
}

RowReduction::RowReduction(Builder &b, const ReducedDimensions &dimensions,
                           RowOperation operation,
                           const std::function<Expr(const Index &)> &element)
    : lanes(b.machine.lanes) {
  const std::vector<bool> &reduced = dimensions.reduced;
  if (reduced.empty() || !reduced[0])
    throw NotApplicable("rows are reduced along their last dimension");
  int columns = static_cast<int>(dimensions.type.shape.back());
  // Two vectors of accumulators.
  int width = lanesFor(columns, 2 * lanes);
  Expr neutral = operation == RowOperation::Sum ? Expr(0.0f) : Float(32).min();

  std::vector<Var> kept = dimensions.kept();
  std::vector<Expr> place(kept.begin(), kept.end());
  place.insert(place.begin(), lane);
  // The index of an element in column `column`, `others` running over the other
  // reduced dimensions from its dimension `first` on.
  auto indexOf = [&](const Expr &column, const RDom &others, int first) {
    std::vector<Var> variables = variablesOf(reduced.size());
    Index index(variables.begin(), variables.end());
    index[0] = column;
    for (size_t i = 1; i < reduced.size(); ++i)
      if (reduced[i])
        index[i] = others[first++];
    return index;
  };
  Region others;
  for (size_t i = 1; i < reduced.size(); ++i)
    if (reduced[i])
      others.push_back(
          {0, b.extent(dimensions.type.shape[reduced.size() - 1 - i])});

  Func sums("lanes");
  sums(place) = neutral;
  Region whole = others;
  whole.insert(whole.begin(), {0, columns / width});
  RDom r(whole);
  sums(place) = combine(operation, sums(place),
                        forEach(r, element(indexOf(r.x * width + lane, r, 1))));
  if (int rest = columns % width) {
    // The last vector overlaps the one before it.
    RDom o(others.empty() ? Region{{0, 1}} : others);
    Expr last = forEach(o, element(indexOf(columns - width + lane, o, 0)));
    sums(place) = combine(operation, sums(place),
                          select(lane >= width - rest, last, neutral));
  }
  levels.push_back({sums, width});
  for (int half = width / 2; half >= 4; half /= 2) {
    std::vector<Expr> upper = place;
    upper[0] = lane + half;
    Func joined("joined"), before = levels.back().func;
    joined(place) = combine(operation, before(place), before(upper));
    levels.push_back({joined, half});
  }
  // What remains of a row is one to four numbers.
  std::vector<Expr> numbers;
  for (int i = 0; i < levels.back().width; ++i) {
    place[0] = i;
    numbers.push_back(levels.back().func(place));
  }
  for (size_t count = numbers.size(); count > 1; count /= 2)
    for (size_t i = 0; i < count / 2; ++i)
      numbers[i] = combine(operation, numbers[i], numbers[i + count / 2]);
  value = Func("row_value");
  value(std::vector<Expr>(kept.begin(), kept.end())) = numbers[0];
}

Expr RowReduction::at(const Index &kept) const { return value(kept); }

void RowReduction::computeAt(const LoopLevel &loop) {
  value.compute_at(loop).store_in(scratch);
  for (Level &level : levels) {
    level.func.compute_at(loop).store_in(scratch).bound_extent(lane,
                                                               level.width);
    auto vectorize = [&](Stage stage) {
      stage.vectorize(lane, std::min(lanes, level.width)).unroll(lane);
    };
    vectorize(Stage(level.func));
    for (int i = 0; i < level.func.num_update_definitions(); ++i) {
      Stage update = level.func.update(i);
      std::vector<VarOrRVar> order = {lane};
      for (const RVar &r : level.func.rvars(i))
        order.push_back(r);
      update.reorder(order);
      vectorize(update);
    }
  }
}

Var parallelRows(Builder &b, Stage stage, const std::vector<Var> &rows) {
  int taskRows = static_cast<int>(b.parameter("task_rows", 1, 1 << 30));
  Var row = rows.at(0);
  for (size_t i = 1; i < rows.size(); ++i) {
    Var both("row");
    stage.fuse(row, rows[i], both);
    row = both;
  }
  Var task("task"), inside("row_of_task");
  stage.split(row, task, inside, taskRows, TailStrategy::GuardWithIf)
      .parallel(task);
  return inside;
}

Parameters rowTasks(const Machine &machine, double microsecondsPerRow) {
  return {{"task_rows", imagesPerTask(machine, microsecondsPerRow)}};
}

} // namespace lathe::kernels
