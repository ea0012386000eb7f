//===- RowNormalization.cpp - Softmax and standardisation ----------------===//
//
// Operations that scale each row by statistics of the row itself. A row's
// elements come from L1 in every pass but the first.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/RowReduction.h"
#include "compiler/kernels/VectorMath.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// Adds a reduction that the schedule will place in the loop over rows.
const RowReduction &
addReduction(Builder &b, const ReducedDimensions &dimensions,
             RowOperation operation,
             const std::function<Expr(const Index &)> &element) {
  b.rowReductions.push_back(
      std::make_shared<RowReduction>(b, dimensions, operation, element));
  return *b.rowReductions.back();
}

ReducedDimensions lastDimension(const TensorType &type) {
  ReducedDimensions dimensions(type);
  dimensions.reduced.at(0) = true;
  return dimensions;
}

void checkOperands(const Builder &b, const Node &node, size_t count) {
  if (node.operands.size() != count)
    throw NotApplicable(node.op + " has another number of operands");
  for (int operand : node.operands)
    if (b.values.at(operand).type.shape != node.results.at(0).shape)
      throw NotApplicable(node.op + ": an operand has another shape");
  if (node.results[0].shape.size() < 2)
    throw NotApplicable(node.op + " takes a tensor of rank 2 or more");
}
} // namespace

//===----------------------------------------------------------------------===//
// softmax: y = e^(x - max) / sum of e^(x - max), along the last dimension.
// softmax_backward: dx = y·(dy - sum of dy·y).
//===----------------------------------------------------------------------===//

void buildRowSoftmax(Builder &b, const Node &node, int firstResult) {
  checkOperands(b, node, 1);
  Value x = b.operand(node, 0);
  ReducedDimensions last = lastDimension(x.type);
  // Only numbers: a row's NaN is in its sum.
  RowReduction largest = addReduction(b, last, RowOperation::Maximum, x.at);
  auto power = [=](const Index &i) {
    return vectorExp(x.at(i) - largest.at(last.keptOf(i)));
  };
  RowReduction sum = addReduction(b, last, RowOperation::Sum, power);
  b.values[firstResult].at = [=](const Index &i) {
    return power(i) / sum.at(last.keptOf(i));
  };
}

void buildSoftmaxBackward(Builder &b, const Node &node, int firstResult) {
  checkOperands(b, node, 2);
  Value dy = b.operand(node, 0), y = b.operand(node, 1);
  ReducedDimensions last = lastDimension(y.type);
  RowReduction product =
      addReduction(b, last, RowOperation::Sum,
                   [=](const Index &i) { return dy.at(i) * y.at(i); });
  b.values[firstResult].at = [=](const Index &i) {
    return y.at(i) * (dy.at(i) - product.at(last.keptOf(i)));
  };
}

//===----------------------------------------------------------------------===//
// standardize: y = (x - mean)·r with r = 1/sqrt(variance + epsilon).
// standardize_backward: dx = (dy - mean(dy) - y·mean(dy·y))·r.
//===----------------------------------------------------------------------===//

namespace {
struct Standardized {
  ReducedDimensions dimensions;
  RowReduction sum, squares;
  Value x;
  Expr count;
  float epsilon;

  Standardized(Builder &b, const Node &node, const Value &x)
      : dimensions(node, x.type),
        sum(addReduction(b, dimensions, RowOperation::Sum, x.at)),
        squares(addReduction(b, dimensions, RowOperation::Sum,
                             [&](const Index &i) {
                               Expr deviation =
                                   x.at(i) -
                                   sum.at(dimensions.keptOf(i)) / countOf(b);
                               return deviation * deviation;
                             })),
        x(x), count(countOf(b)),
        epsilon(static_cast<float>(floatAttribute(node, "epsilon", 1e-3))) {}

  Expr deviation(const Index &i) const {
    return x.at(i) - sum.at(dimensions.keptOf(i)) / count;
  }
  Expr scale(const Index &i) const {
    return 1.0f / sqrt(squares.at(dimensions.keptOf(i)) / count + epsilon);
  }

private:
  Expr countOf(const Builder &b) const {
    if (dimensions.reduced.back())
      throw NotApplicable("standardize keeps the batch");
    return cast<float>(dimensions.count(b));
  }
};
} // namespace

void buildStandardize(Builder &b, const Node &node, int firstResult) {
  checkOperands(b, node, 1);
  Standardized s(b, node, b.operand(node, 0));
  b.values[firstResult].at = [=](const Index &i) {
    return s.deviation(i) * s.scale(i);
  };
}

void buildStandardizeBackward(Builder &b, const Node &node, int firstResult) {
  checkOperands(b, node, 2);
  Value dy = b.operand(node, 0);
  Standardized s(b, node, b.operand(node, 1));
  RowReduction sum = addReduction(b, s.dimensions, RowOperation::Sum, dy.at);
  RowReduction product =
      addReduction(b, s.dimensions, RowOperation::Sum,
                   [=](const Index &i) { return dy.at(i) * s.deviation(i); });
  b.values[firstResult].at = [=](const Index &i) {
    Index kept = s.dimensions.keptOf(i);
    Expr scale = s.scale(i);
    return (dy.at(i) - sum.at(kept) / s.count -
            s.deviation(i) * (scale * scale * product.at(kept) / s.count)) *
           scale;
  };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

static ReducedDimensions dimensionsOf(const Node &node) {
  const TensorType &type = node.results.at(0);
  return node.attributes.count("axes") ? ReducedDimensions(node, type)
                                       : lastDimension(type);
}

Parameters rowNormalizationParameters(const KernelSpec &, const Node &node,
                                      const Machine &machine) {
  // Three passes of about five cycles a vector, or an exponential in each.
  double perElement =
      machine.cycles(node.op == "softmax" ? 45 : 15) / machine.lanes;
  return rowTasks(machine,
                  perElement *
                      static_cast<double>(dimensionsOf(node).countPerSample()));
}

void scheduleRowNormalization(Builder &b, const Node &node) {
  const TensorType &type = node.results.at(0);
  if (b.outputs.size() > 1 || b.resultType().shape != type.shape)
    throw NotApplicable("the results of a row's kernel have the row's shape");
  ReducedDimensions dimensions = dimensionsOf(node);
  std::vector<Var> all = variablesOf(type.shape.size()),
                   kept = dimensions.kept();
  std::vector<VarOrRVar> order;
  for (size_t i = 0; i < all.size(); ++i)
    if (dimensions.reduced[i])
      order.push_back(all[i]);
  order.insert(order.end(), kept.begin(), kept.end());
  Stage stage(b.out());
  stage.reorder(order).vectorize(vc,
                                 lanesFor(type.shape.back(), b.machine.lanes),
                                 TailStrategy::ShiftInwards);
  Var row = parallelRows(b, stage, kept);
  for (auto &reduction : b.rowReductions)
    reduction->computeAt(LoopLevel(b.out(), row));
}

} // namespace lathe::kernels
