//===- Movement.cpp - pad, transpose, and the schedule of all movement ---===//

#include "compiler/kernels/Movement.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/WindowReduction.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

//===----------------------------------------------------------------------===//
// pad
//===----------------------------------------------------------------------===//

void buildPad(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  size_t rank = x.rank();
  std::vector<int64_t> entries(rank, 0);
  std::vector<int64_t> low = listAttribute(node, "low", entries);
  std::vector<int64_t> high = listAttribute(node, "high", entries);
  if (rank == 0 || low[0] || high[0])
    throw NotApplicable("pad leaves the batch alone");
  b.values[firstResult].at = [=](const Index &i) {
    Index source = i;
    Expr inside;
    for (size_t k = 0; k + 1 < rank; ++k) {
      int before = static_cast<int>(low[rank - 1 - k]);
      int after = static_cast<int>(high[rank - 1 - k]);
      int size = static_cast<int>(x.size(k));
      Expr position = i[k] - before;
      source[k] =
          before > 0 || after > 0 ? clamp(position, 0, size - 1) : position;
      for (const Expr &bound : {before > 0 ? position >= 0 : Expr(),
                                after > 0 ? position < size : Expr()})
        if (bound.defined())
          inside = inside.defined() ? inside && bound : bound;
    }
    Expr element = x.at(source);
    return inside.defined()
               ? select(likely(inside), element, cast(element.type(), 0))
               : element;
  };
}

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

/// For each of Halide's dimensions of the operand, that of the result.
static std::vector<size_t> sourceDimensions(const Node &node, size_t rank) {
  std::vector<int64_t> permutation =
      listAttribute(node, "permutation", std::vector<int64_t>(rank));
  std::vector<int64_t> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  std::vector<size_t> result(rank);
  for (size_t i = 0; i < rank; ++i) {
    if (sorted[i] != static_cast<int64_t>(i) || permutation[0] != 0)
      throw NotApplicable("transpose needs a permutation that begins with 0");
    result[rank - 1 - permutation[i]] = rank - 1 - i;
  }
  return result;
}

void buildTranspose(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  std::vector<size_t> from = sourceDimensions(node, x.rank());
  b.values[firstResult].at = [=](const Index &i) {
    Index source(i.size());
    for (size_t k = 0; k < i.size(); ++k)
      source[k] = i[from[k]];
    return x.at(source);
  };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

/// The result's dimension that is fastest in the operand: 0 but for some
/// transposes.
static size_t fastestInOperand(const Node &node) {
  if (node.op != "transpose")
    return 0;
  return sourceDimensions(node, node.results.at(0).shape.size()).front();
}

Parameters movementParameters(const KernelSpec &spec, const Node &node,
                              const Machine &machine) {
  const TensorType &out = typeOf(spec, spec.results.at(0));
  size_t rank = out.shape.size();
  if (rank < 2)
    throw NotApplicable("movement is for tensors of rank 2 or more");
  // Read once and written once; elements that are gathered one by one or
  // interpolated from four cost about three cycles.
  bool slow = fastestInOperand(node) || node.op == "resize";
  double microseconds =
      (slow ? machine.cycles(3) : 8 / machine.streamBandwidth) *
      static_cast<double>(elementsPerSample(out));
  int64_t rows = rank > 2 ? out.shape[1] : 1;
  int64_t width = rank > 2 ? out.shape[rank - 2] : 1;
  // What is joined waits in L1.
  int64_t columns = std::clamp<int64_t>(4096 / out.shape.back(), 1, width);
  return {{"columns", fastestInOperand(node) ? machine.lanes : columns},
          {"task_images", imagesPerTask(machine, microseconds)},
          {"task_rows", rowsPerTask(machine, rows, microseconds)}};
}

void scheduleMovement(Builder &b, const Node &node) {
  const TensorType &type = b.resultType();
  size_t rank = type.shape.size();
  if (b.outputs.size() > 1 || rank < 2)
    throw NotApplicable("the results of a kernel that moves elements must have "
                        "one shape, of rank 2 or more");
  int columns = static_cast<int>(b.parameter("columns", 1, INT32_MAX));
  int images = static_cast<int>(b.parameter("task_images", 1, 1 << 30));
  int64_t rows = b.parameter("task_rows", 1, rank > 2 ? type.shape[1] : 1);
  int lanes = lanesFor(type.shape.back(), b.machine.lanes);

  std::vector<Var> variables = variablesOf(rank);
  Stage stage(b.out());
  Var strip("strip"), task("task"), image("image"), row = variables[rank - 2];
  if (rank > 2 && rows < type.shape[1]) {
    stage
        .split(row, strip, row, static_cast<int>(rows),
               TailStrategy::ShiftInwards)
        .fuse(strip, vn, task);
    image = task;
  } else {
    stage.split(vn, task, image, images, TailStrategy::GuardWithIf);
  }
  stage.parallel(task);

  size_t other = fastestInOperand(node);
  if (other > 0) {
    Var tile("tile"), across("across"), inner = variables[other];
    int block = static_cast<int>(
        std::min<int64_t>(columns, type.shape[rank - 1 - other]));
    std::vector<VarOrRVar> order = {vc, inner, across, tile};
    for (size_t i = 1; i + 1 < rank; ++i)
      if (i != other)
        order.push_back(variables[i]);
    order.push_back(image);
    stage.split(inner, tile, inner, block, TailStrategy::GuardWithIf)
        .split(vc, across, vc, lanes, TailStrategy::ShiftInwards)
        .reorder(order)
        .vectorize(vc);
    return;
  }
  Var tile("x_tile");
  if (rank > 2)
    stage.split(
        vx, tile, vx,
        static_cast<int>(std::min<int64_t>(columns, type.shape[rank - 2])),
        TailStrategy::GuardWithIf);
  stage.vectorize(vc, lanes, TailStrategy::ShiftInwards);
  if (!b.anchor.defined())
    return;
  // The parts are joined before what follows reads them in whole vectors.
  b.anchor.compute_at(b.out(), rank > 2 ? tile : image).store_in(scratch);
  for (int i = 0; i < b.anchor.num_update_definitions(); ++i)
    b.anchor.update(i).allow_race_conditions().vectorize(
        RVar(b.anchor.update(i).get_schedule().rvars()[0].var));
}

} // namespace lathe::kernels
