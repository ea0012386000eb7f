//===- Matmul.cpp - Products of batches of matrices ----------------------===//
//
// y[..., i, j] = sum over k of a[..., i, k] * b[..., k, j]. Lanes run over j; a
// transposed b is copied tile by tile of columns, so that they do there too.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Naive.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
struct Shape {
  int64_t rows, columns, depth;
  bool transposeA, transposeB;
};

Shape shapeOf(const Node &node, const TensorType &a, const TensorType &b) {
  const std::vector<int64_t> &y = node.results.at(0).shape;
  size_t rank = y.size();
  if (rank < 3 || rank > 4 || a.shape.size() != rank || b.shape.size() != rank)
    throw NotApplicable("matmul takes batches of matrices, of rank 3 or 4");
  Shape s{y[rank - 2], y[rank - 1], 0,
          intAttribute(node, "transpose_a", 0) != 0,
          intAttribute(node, "transpose_b", 0) != 0};
  auto extent = [&](const TensorType &type, bool transposed, size_t i) {
    return type.shape[rank - 2 + (transposed ? 1 - i : i)];
  };
  s.depth = extent(a, s.transposeA, 1);
  if (extent(a, s.transposeA, 0) != s.rows ||
      extent(b, s.transposeB, 0) != s.depth ||
      extent(b, s.transposeB, 1) != s.columns ||
      !std::equal(y.begin(), y.end() - 2, a.shape.begin()) ||
      !std::equal(y.begin(), y.end() - 2, b.shape.begin()))
    throw NotApplicable("matmul: the matrices do not fit");
  return s;
}

/// A transposed b, copied.
struct Copied {
  Func columns;
};

class Product final : public Strategy {
public:
  Product() : Strategy("product") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
  double cost(const KernelSpec &, const Schedule &schedule,
              const Machine &machine, int64_t) const override {
    return registerTileCost(machine, parameterOf(schedule, "column_vectors"),
                            parameterOf(schedule, "rows"));
  }
};
} // namespace

void buildMatmul(Builder &b, const Node &node, int firstResult) {
  Value lhs = b.operand(node, 0), rhs = b.operand(node, 1);
  Shape s = shapeOf(node, lhs.type, rhs.type);
  std::vector<Var> variables = variablesOf(lhs.rank());
  std::vector<Expr> place(variables.begin(), variables.end());
  // An element of a matrix, the leading dimensions being those of the result.
  auto element = [&](const Value &value, bool transposed, const Expr &row,
                     const Expr &column) {
    Index index(variables.begin(), variables.end());
    index[0] = transposed ? row : column;
    index[1] = transposed ? column : row;
    return value.at(index);
  };

  RDom r(0, static_cast<int>(s.depth));
  Func sum("sum");
  sum(place) = sumStart(b);
  if (s.transposeB) {
    Func columns("columns"); // (j, k, leading dimensions)
    columns(place) = element(rhs, true, vx, vc);
    b.keep(Copied{columns});
    std::vector<Expr> source = place;
    source[1] = r;
    sum(place) +=
        product(b, element(lhs, s.transposeA, vx, r), columns(source));
  } else {
    sum(place) += forEach(r, product(b, element(lhs, s.transposeA, vx, r),
                                     element(rhs, false, r, vc)));
  }
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [sum](const Index &i) {
    return cast<float>(sum(i));
  };
}

std::optional<Parameters> Product::defaults(const KernelSpec &spec,
                                            const Node &node,
                                            const Machine &machine) const {
  Shape s = shapeOf(node, typeOf(spec, node.operands.at(0)),
                    typeOf(spec, node.operands.at(1)));
  RegisterTile tile = chooseTile(machine, {s.columns, s.rows, 1});
  int64_t rowTile = tile.columns, vectors = tile.channelVectors;
  // A tile's columns of b stay in L2.
  int64_t lanes = lanesFor(s.columns, machine.lanes);
  int64_t columnBytes = elementBytes(spec, node, 1) * s.depth;
  vectors =
      std::clamp<int64_t>(scratchLimit / (columnBytes * lanes), 1, vectors);
  double microseconds = machine.multiplyAddMicroseconds(
      static_cast<double>(s.rows * s.columns * s.depth));
  int64_t taskRows = s.rows;
  if (microseconds > 4 * machine.taskMicroseconds) {
    // Copies of b's columns are worth their while for many rows.
    taskRows = std::max<int64_t>(
        64, static_cast<int64_t>(static_cast<double>(s.rows) * 2 *
                                 machine.taskMicroseconds / microseconds));
    taskRows = std::min((taskRows + rowTile - 1) / rowTile * rowTile, s.rows);
  }
  return Parameters{{"column_vectors", vectors},
                    {"rows", rowTile},
                    {"task_rows", taskRows},
                    {"task_matrices", imagesPerTask(machine, microseconds)},
                    {"copy_columns", columnBytes * lanes <= scratchLimit}};
}

void Product::schedule(Builder &b, const Node &node) const {
  if (b.outputs.size() > 1 || b.resultType().shape != node.results.at(0).shape)
    throw NotApplicable("a product's results must have one shape");
  Shape s = shapeOf(node, b.operand(node, 0).type, b.operand(node, 1).type);
  int lanes = lanesFor(s.columns, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("column_vectors", 1, s.columns / lanes));
  int rows = static_cast<int>(b.parameter("rows", 1, s.rows));
  int taskRows = static_cast<int>(b.parameter("task_rows", rows, s.rows));
  int taskMatrices = static_cast<int>(b.parameter("task_matrices", 1, 1 << 30));
  bool copies = b.parameter("copy_columns", 0, 1) != 0;

  Func &out = b.out();
  Stage stage(out);
  Var cTile("c_tile"), rowTile("row_tile"), strip("strip"), task("task"),
      matrix("matrix");
  stage.split(vc, cTile, vc, vectors * lanes, TailStrategy::ShiftInwards);
  if (taskRows < s.rows)
    stage.split(vx, strip, vx, taskRows, TailStrategy::ShiftInwards);
  stage.split(vx, rowTile, vx, rows, TailStrategy::ShiftInwards);
  std::vector<VarOrRVar> order = {vc, vx, rowTile, cTile};
  std::vector<Var> outer;
  if (taskRows < s.rows)
    outer.push_back(strip);
  if (b.resultType().shape.size() == 4)
    outer.push_back(vy);
  outer.push_back(vn);
  order.insert(order.end(), outer.begin(), outer.end());
  stage.reorder(order).vectorize(vc, lanes).unroll(vc).unroll(vx);
  Var all = outer[0];
  for (size_t i = 1; i < outer.size(); ++i) {
    Var both("both");
    stage.fuse(all, outer[i], both);
    all = both;
  }
  stage.split(all, task, matrix, taskMatrices, TailStrategy::GuardWithIf)
      .parallel(task);

  b.anchor.compute_at(out, rowTile).store_in(scratch).bound_extent(vx, rows);
  Stage(b.anchor).vectorize(vc, lanes).unroll(vc).unroll(vx);
  Stage sum = b.anchor.update();
  sum.reorder(vc, vx, b.domain.x).vectorize(vc, lanes).unroll(vc).unroll(vx);
  if (s.depth % 2 == 0)
    sum.unroll(b.domain.x, 2);
  if (copies && s.transposeB)
    b.kept<Copied>()
        .columns.compute_at(out, cTile)
        .store_in(scratch)
        .unroll(vc);
}

namespace strategies {
const Strategy &product() {
  static const Product strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
