//===- Elementwise.cpp - Operations that compute one element from one ----===//

#include "compiler/kernels/Elementwise.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

//===----------------------------------------------------------------------===//
// The table: an elementwise operation is one row here and one row in Ops.cpp.
//===----------------------------------------------------------------------===//

namespace {
using Operands = const std::vector<Expr> &;
struct Row {
  const char *op;
  size_t arity;
  Expr (*compute)(const Node &node, Operands x);
};
float attribute(const Node &node, const char *name, double otherwise) {
  return static_cast<float>(floatAttribute(node, name, otherwise));
}
const Row rows[] = {
    {"add", 2, [](const Node &, Operands x) { return x[0] + x[1]; }},
    {"bias_add", 2, [](const Node &, Operands x) { return x[0] + x[1]; }},
    {"increment", 1,
     [](const Node &, Operands x) { return x[0] + cast<int64_t>(1); }},
    {"relu", 1, [](const Node &, Operands x) { return max(x[0], 0.0f); }},
    {"relu_backward", 2, // operands: gradient, relu's result
     [](const Node &, Operands x) { return select(x[1] > 0.0f, x[0], 0.0f); }},
    {"scale", 1,
     [](const Node &node, Operands x) {
       Expr scaled = x[0] * attribute(node, "scale", 1);
       float offset = attribute(node, "offset", 0);
       return offset == 0 ? scaled : scaled + offset;
     }},
};
} // namespace

Expr elementOf(const Value &operand, size_t resultRank, const Index &index) {
  if (operand.rank() == 0)
    return operand.at({});
  if (operand.rank() == 1 && resultRank > 1)
    return operand.at({index.front()});
  return operand.at(index);
}

Expr flatIndex(const Builder &builder, const TensorType &type,
               const Index &index) {
  Expr flat = cast<uint32_t>(0), stride = cast<uint32_t>(1);
  for (size_t i = 0; i < index.size(); ++i) {
    flat += cast<uint32_t>(index[i]) * stride;
    stride *= cast<uint32_t>(builder.extent(type.shape[index.size() - 1 - i]));
  }
  return flat;
}

void buildElementwise(Builder &builder, const Node &node, int firstResult) {
  const Row *row =
      std::find_if(std::begin(rows), std::end(rows),
                   [&](const Row &row) { return node.op == row.op; });
  if (node.operands.size() != row->arity || node.results.size() != 1)
    throw NotApplicable(
        fmt::format("{} takes {} operands", node.op, row->arity));
  std::vector<Value> operands;
  for (size_t i = 0; i < row->arity; ++i)
    operands.push_back(builder.operand(node, i));
  size_t rank = node.results[0].shape.size();
  builder.values[firstResult].at = [=](const Index &index) {
    std::vector<Expr> elements;
    for (const Value &operand : operands)
      elements.push_back(elementOf(operand, rank, index));
    return row->compute(node, elements);
  };
}

//===----------------------------------------------------------------------===//
// Fewer dimensions
//===----------------------------------------------------------------------===//

KernelSpec collapseElementwise(const KernelSpec &original) {
  KernelSpec spec = original;
  std::vector<TensorType *> types;
  for (TensorType &type : spec.inputs)
    types.push_back(&type);
  std::vector<int64_t> full;
  for (Node &node : spec.nodes) {
    const OpFamily *family = findOp(node.op);
    if (!family || family->role != OpFamily::Elementwise)
      return original;
    for (TensorType &type : node.results)
      types.push_back(&type);
  }
  for (const TensorType *type : types)
    if (type->shape.size() > full.size())
      full = type->shape;
  if (full.size() < 2)
    return original;

  // [outermost, rows, columns]: rows stay apart where an operand runs along
  // the columns.
  bool broadcast =
      std::any_of(types.begin(), types.end(), [](const TensorType *type) {
        return type->shape.size() == 1;
      });
  auto product = [](auto begin, auto end) {
    int64_t result = 1;
    for (; begin != end; ++begin)
      result *= *begin;
    return result;
  };
  bool dynamic = full.front() == dynamicBatch;
  std::vector<int64_t> collapsed;
  auto rest = full.begin() + dynamic, last = full.end() - (broadcast ? 1 : 0);
  if (dynamic)
    collapsed.push_back(dynamicBatch);
  if (rest != last)
    collapsed.push_back(product(rest, last));
  if (broadcast)
    collapsed.push_back(full.back());
  for (TensorType *type : types) {
    if (type->shape.size() < 2)
      continue;
    if (type->shape != full)
      throw NotApplicable("elementwise tensors differ in shape");
    type->shape = collapsed;
  }
  return spec;
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

/// Bytes that one core moves in a microsecond, in and out together: about what
/// the second and third cache levels of a current server core sustain.
static constexpr double bytesPerMicrosecond = 16e3;

Schedule elementwiseDefault(const KernelSpec &original, const Node &,
                            const Machine &) {
  KernelSpec spec = collapseElementwise(original);
  double bytes = 0; // of one image
  auto count = [&](const TensorType &type) {
    bytes += static_cast<double>(elementsPerSample(type)) *
             static_cast<double>(sizeOf(type.element));
  };
  for (const TensorType &input : spec.inputs)
    count(input);
  for (const Node &node : spec.nodes) // intermediate values never reach memory
    if (&node == &spec.nodes.back())
      for (const TensorType &result : node.results)
        count(result);
  const std::vector<int64_t> &shape = spec.nodes.back().results.at(0).shape;
  int64_t elements = elementsPerSample(spec.nodes.back().results[0]);
  bool dynamic = !shape.empty() && shape.front() == dynamicBatch;

  // Where one image is worth more than two tasks, the rows (or the elements,
  // where there is only one row) are cut as well.
  double microseconds = bytes / bytesPerMicrosecond;
  int64_t images = dynamic ? imagesPerTask(microseconds) : 1;
  int64_t rows = shape.size() == 3 || (shape.size() == 2 && !dynamic)
                     ? shape[shape.size() - 2]
                     : elements;
  int64_t cut = rows;
  if (microseconds > 2 * taskMicroseconds) {
    cut = static_cast<int64_t>(static_cast<double>(rows) * taskMicroseconds /
                               microseconds) +
          1;
    cut = std::min(rows, rows == elements ? (cut + 255) / 256 * 256 : cut);
  }
  return {"elementwise", {{"task_images", images}, {"task_rows", cut}}};
}

void scheduleElementwise(Builder &b, const Node &) {
  if (b.chosen.strategy != "elementwise")
    throw NotApplicable("elementwise kernels have the strategy 'elementwise'");
  const TensorType &type = b.resultType();
  size_t rank = type.shape.size();
  int64_t images = b.parameter("task_images", 1, 1 << 30);
  int64_t rows = b.parameter("task_rows", 1, INT32_MAX);
  bool dynamic = rank > 0 && type.shape.front() == dynamicBatch;
  if (rank == 0 || (rank == 1 && dynamic))
    return;

  int64_t columns = type.shape.back();
  int lanes = lanesFor(columns, b.machine.lanes);
  bool oneRow = rank == 1 || (rank == 2 && dynamic);
  Var inner = rank == 3 ? vx : vn; // the rows, where there are several
  bool cut = rows < (oneRow ? columns : type.shape[rank - 2]);
  int cutRows = static_cast<int>(rows);
  Var task("rows");
  if (!oneRow && cut) {
    Stage stage = b.inPlace ? b.out().update() : Stage(b.out());
    stage.split(inner, task, inner, cutRows, TailStrategy::GuardWithIf);
  }
  auto parallel = [&](Stage stage, const VarOrRVar &rows) {
    if (dynamic && !cut) {
      parallelBatch(stage, vn, images);
    } else if (dynamic && !rows.is_rvar) {
      Var both("task");
      stage.fuse(rows.var, vn, both).parallel(both);
    } else if (cut) {
      stage.parallel(rows);
    }
  };
  if (b.inPlace) {
    if (b.out().num_update_definitions() > 1)
      b.out().update(1).unscheduled();
    // Vectors first: whatever a task's length, they stay whole.
    Stage stage = b.out().update();
    RVar vector("vector"), lane("lane"), rowTask("row_task");
    stage.split(b.wholeVectors.x, vector, lane, lanes).vectorize(lane);
    if (oneRow && cut) {
      stage.split(vector, rowTask, vector, std::max(1, cutRows / lanes),
                  TailStrategy::GuardWithIf);
      parallel(stage, rowTask);
    } else {
      parallel(stage, task);
    }
    return;
  }
  Stage stage(b.out());
  if (oneRow && cut)
    stage.split(vc, task, vc, cutRows, TailStrategy::ShiftInwards);
  stage.vectorize(vc, lanes, TailStrategy::ShiftInwards);
  parallel(stage, task);
}

} // namespace lathe::kernels
