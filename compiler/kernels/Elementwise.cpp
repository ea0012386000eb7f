//===- Elementwise.cpp - Operations that compute one element from one ----===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/Ieee.h"

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
Expr compare(const Node &node, const Expr &a, const Expr &b) {
  std::string predicate = textAttribute(node, "predicate", "");
  if (predicate == "ge")
    return atMost(b, a);
  if (predicate == "gt")
    return a > b;
  if (predicate == "le")
    return atMost(a, b);
  if (predicate == "lt")
    return a < b;
  throw NotApplicable(fmt::format("mask: unknown predicate '{}'", predicate));
}
const Row rows[] = {
    {"add", 2, [](const Node &, Operands x) { return x[0] + x[1]; }},
    {"batch_norm_scale", 2, // operands: gamma, variance
     [](const Node &node, Operands x) {
       return x[0] / sqrt(x[1] + attribute(node, "epsilon", 1e-3));
     }},
    {"bias_add", 2, [](const Node &, Operands x) { return x[0] + x[1]; }},
    {"broadcast", 1, [](const Node &, Operands x) { return x[0]; }},
    {"clip", 1,
     [](const Node &node, Operands x) {
       return ieeeClamp(x[0], attribute(node, "low", -1),
                        attribute(node, "high", 1));
     }},
    {"clip_by_norm", 2, // operands: gradient, its squared norm
     [](const Node &node, Operands x) {
       Expr norm = attribute(node, "norm", 1);
       return x[0] * (norm / ieeeMax(sqrt(x[1]), norm));
     }},
    {"increment", 1,
     [](const Node &, Operands x) { return x[0] + cast<int64_t>(1); }},
    {"mask", 3, // operands: what is kept, the two that are compared
     [](const Node &node, Operands x) {
       return select(compare(node, x[1], x[2]), x[0], 0.0f);
     }},
    {"maximum", 2,
     [](const Node &, Operands x) { return ieeeMax(x[0], x[1]); }},
    {"minimum", 2,
     [](const Node &, Operands x) { return ieeeMin(x[0], x[1]); }},
    {"moving_average", 2, // operands: the average, the new value
     [](const Node &node, Operands x) {
       double momentum = floatAttribute(node, "momentum", 0.99);
       return x[0] * static_cast<float>(momentum) +
              x[1] * static_cast<float>(1 - momentum);
     }},
    {"multiply", 2, [](const Node &, Operands x) { return x[0] * x[1]; }},
    {"normalize", 4, // operands: x, mean, scale, beta
     [](const Node &, Operands x) { return (x[0] - x[1]) * x[2] + x[3]; }},
    {"normalize_backward", 6, // operands: dy, x, mean, scale, slope, offset
     [](const Node &, Operands x) {
       return x[3] * x[0] + x[4] * (x[1] - x[2]) + x[5];
     }},
    {"regularize", 2, // operands: gradient, parameter
     [](const Node &node, Operands x) {
       float l1 = attribute(node, "l1", 0), l2 = attribute(node, "l2", 0);
       Expr gradient = x[0];
       if (l1 != 0)
         gradient += select(x[1] > 0.0f, l1, x[1] < 0.0f, -l1, x[1]);
       return l2 == 0 ? gradient : gradient + (2 * l2) * x[1];
     }},
    {"relu", 1, [](const Node &, Operands x) { return ieeeMax(x[0], 0.0f); }},
    {"relu_backward", 2, // operands: gradient, relu's result
     [](const Node &, Operands x) {
       return select(atMost(x[1], 0.0f), 0.0f, x[0]);
     }},
    {"scale", 1,
     [](const Node &node, Operands x) {
       Expr scaled = timesExactly(x[0], attribute(node, "scale", 1));
       float offset = attribute(node, "offset", 0);
       return offset == 0 ? scaled : scaled + offset;
     }},
    {"subtract", 2, [](const Node &, Operands x) { return x[0] - x[1]; }},
};
} // namespace

Value broadcastTo(const Value &operand, const TensorType &type) {
  std::vector<bool> repeats; // fastest dimension first
  for (size_t i = 0; i < operand.rank(); ++i) {
    int64_t own = operand.size(i), size = 0;
    if (i < type.shape.size())
      size = type.shape[type.shape.size() - 1 - i];
    if (own != size && own != 1)
      throw NotApplicable("an operand does not broadcast to the result");
    repeats.push_back(own != size);
  }
  TensorType result = type;
  result.element = operand.type.element;
  return {result, [operand, repeats](const Index &index) {
            Index own(index.begin(), index.begin() + repeats.size());
            for (size_t i = 0; i < repeats.size(); ++i)
              if (repeats[i])
                own[i] = 0;
            return operand.at(own);
          }};
}

Expr flatIndex(const Builder &builder, const TensorType &type,
               const Index &index) {
  Expr flat = cast<uint32_t>(0), stride = cast<uint32_t>(1);
  for (size_t i = 0; i < index.size(); ++i) {
    int64_t size = type.shape[index.size() - 1 - i];
    if (size == 1)
      continue;
    flat += cast<uint32_t>(index[i]) * stride;
    stride *= cast<uint32_t>(builder.extent(size));
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
    operands.push_back(broadcastTo(builder.operand(node, i), node.results[0]));
  builder.values[firstResult].at = [=](const Index &index) {
    std::vector<Expr> elements;
    for (const Value &operand : operands)
      elements.push_back(operand.at(index));
    return row->compute(node, elements);
  };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

/// Microseconds of an element's share in a vector's exponential or the like:
/// 21 cycles.
static double functionMicroseconds(const Machine &machine) {
  return machine.cycles(21) / machine.lanes;
}

Parameters elementwiseParameters(const KernelSpec &original, const Node &,
                                 const Machine &machine) {
  KernelSpec spec = collapseElementwise(original);
  double bytes = 0; // of one image
  auto count = [&](const TensorType &type) {
    bytes += static_cast<double>(elementsPerSample(type)) *
             static_cast<double>(bytesOf(type.element));
  };
  for (const TensorType &input : spec.inputs)
    count(input);
  for (int result : spec.results) // other values never reach memory
    count(typeOf(spec, result));
  const TensorType &type = typeOf(spec, spec.results.at(0));
  const std::vector<int64_t> &shape = type.shape;
  int64_t elements = elementsPerSample(type);
  bool dynamic = !shape.empty() && shape.front() == dynamicBatch;

  // Where one image is worth more than two tasks, the rows (or the elements,
  // where there is only one row) are cut as well.
  auto functions =
      std::count_if(spec.nodes.begin(), spec.nodes.end(), [](const Node &node) {
        return node.op == "activation" || node.op == "activation_backward" ||
               node.op == "gaussian_noise";
      });
  double microseconds = std::max(bytes / machine.streamBandwidth,
                                 static_cast<double>(functions * elements) *
                                     functionMicroseconds(machine));
  // Long stretches of memory are read faster: a batch is cut into no more than
  // two for each core.
  int64_t images = dynamic ? std::max(imagesPerTask(machine, microseconds),
                                      spec.batch / (2 * machine.cores))
                           : 1;
  int64_t rows = shape.size() > 1u + dynamic ? shape[dynamic] : elements;
  int64_t cut = rows;
  if (microseconds > 2 * machine.taskMicroseconds) {
    cut = static_cast<int64_t>(static_cast<double>(rows) *
                               machine.taskMicroseconds / microseconds) +
          1;
    cut = std::min(rows, rows == elements ? (cut + 255) / 256 * 256 : cut);
  }
  return {{"task_images", images}, {"task_rows", cut}};
}

void scheduleElementwise(Builder &b, const Node &) {
  const TensorType &type = b.resultType();
  size_t rank = type.shape.size();
  int64_t images = b.parameter("task_images", 1, 1 << 30);
  int64_t rows = b.parameter("task_rows", 1, INT32_MAX);
  bool dynamic = rank > 0 && type.shape.front() == dynamicBatch;
  if (rank == 0 || (rank == 1 && dynamic))
    return;

  int64_t columns = type.shape.back();
  int lanes = lanesFor(columns, b.machine.lanes);
  // The rows are the outermost dimension inside the batch, where there are
  // several.
  bool oneRow = rank == 1u + dynamic;
  Var inner = variablesOf(rank)[rank - 1 - dynamic];
  bool cut = rows < (oneRow ? columns : type.shape[dynamic]);
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
