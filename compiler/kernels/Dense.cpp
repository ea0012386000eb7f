//===- Dense.cpp - Fully connected layers --------------------------------===//
//
// y[b,m] = sum over k of x[b,k] * w[k,m], a matrix product whose rows are the
// batch.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Naive.h"
#include "compiler/kernels/Tasks.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

void buildDense(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), w = b.operand(node, 1);
  if (x.rank() != 2 || w.rank() != 2)
    throw NotApplicable("dense takes matrices");

  RDom r(0, static_cast<int>(x.size(0)));
  Func sum("sum");
  sum(vc, vn) = sumStart(b);
  // A tile's rows beyond the batch repeat the last row and are not written.
  sum(vc, vn) +=
      forEach(r, product(b, x.at({r, min(vn, b.extent(x.size(1)) - 1)}),
                         w.at({vc, r})));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) {
    return cast<float>(sum(i[0], i[1]));
  };
}

namespace {
class Gemm final : public Strategy {
public:
  Gemm() : Strategy("gemm") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override {
    const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
    return gemmParameters(machine, w.at(1), w.at(0),
                          elementBytes(spec, node, 1), spec.batch);
  }
  void schedule(Builder &b, const Node &node) const override {
    const Value &w = b.operand(node, 1);
    scheduleGemm(b, w.size(0), w.size(1));
  }
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t samples) const override {
    return gemmCost(schedule, machine, samples);
  }
};
} // namespace

Parameters gemmParameters(const Machine &machine, int64_t columns,
                          int64_t reduced, int64_t weightBytes, int64_t batch) {
  if (batch == 0)
    batch = 32;
  // Rows times vectors of accumulators: 8 x 2 hide the latency of an FMA (8 in
  // flight) and divide the usual batches; 16 registers have room for 4 x 2.
  // Fewer rows take more vectors, 512 bytes of each row of weights.
  int64_t lanes = lanesFor(columns, machine.lanes);
  int64_t mostRows = machine.registers / 4;
  int64_t rows = std::min(mostRows, batch);
  int64_t vectors = std::clamp<int64_t>(
      std::min<int64_t>(2 * mostRows / rows, 8), 1, columns / lanes);
  // A task is a strip of columns for the whole batch, so that each weight is
  // read by one core only, from memory where the rows are few.
  auto weights = static_cast<double>(reduced * columns);
  double microseconds = std::max(
      machine.multiplyAddMicroseconds(static_cast<double>(batch) * weights),
      static_cast<double>(weightBytes) * weights / machine.memoryBandwidth);
  int64_t tiles = (columns + vectors * lanes - 1) / (vectors * lanes);
  return {
      {"column_vectors", vectors},
      {"rows", rows},
      {"task_tiles", piecesPerTask(machine, tiles,
                                   microseconds / static_cast<double>(tiles))}};
}

double gemmCost(const Schedule &schedule, const Machine &machine,
                int64_t samples) {
  int64_t rows = parameterOf(schedule, "rows");
  double cost =
      registerTileCost(machine, parameterOf(schedule, "column_vectors"), rows);
  // A product's rows are the samples: tiles beyond them compute in vain.
  return samples > 0 ? cost * excess(samples, rows) : cost;
}

void requireMatrices(const Builder &b, int64_t columns) {
  if (b.outputs.size() > 1 || b.resultType().shape.size() < 2 ||
      elementsPerSample(b.resultType()) != columns)
    throw NotApplicable(
        "the results of a matrix product's kernel must be matrices");
}

void scheduleGemm(Builder &b, int64_t columns, int64_t reduced,
                  std::vector<Func> copies) {
  requireMatrices(b, columns);
  int lanes = lanesFor(columns, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("column_vectors", 1, columns / lanes));
  int rows = static_cast<int>(b.parameter("rows", 1, 64));
  int taskTiles = static_cast<int>(b.parameter("task_tiles", 1, 1 << 20));
  int tiles =
      static_cast<int>((columns + vectors * lanes - 1) / (vectors * lanes));

  Func &out = b.out();
  Stage stage(out);
  Var cTile("c_tile"), rowTile("row_tile"), task("task");
  stage.split(vc, cTile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .split(vn, rowTile, vn, rows, TailStrategy::GuardWithIf)
      .reorder(vc, vn, rowTile, cTile)
      .vectorize(vc, lanes)
      .unroll(vc)
      .unroll(vn);
  if (taskTiles < tiles)
    stage.split(cTile, task, cTile, taskTiles, TailStrategy::GuardWithIf)
        .parallel(task);

  for (Func &weights : copies)
    weights.compute_at(out, cTile).store_in(scratch);
  b.anchor.compute_at(out, rowTile).store_in(scratch).bound_extent(vn, rows);
  Stage(b.anchor).vectorize(vc, lanes).unroll(vc).unroll(vn);
  Stage sum = b.anchor.update();
  sum.reorder(vc, vn, b.domain.x).vectorize(vc, lanes).unroll(vc).unroll(vn);
  if (reduced % 2 == 0)
    sum.unroll(b.domain.x, 2);
}

namespace strategies {
const Strategy &gemmDense() {
  static const Gemm strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
