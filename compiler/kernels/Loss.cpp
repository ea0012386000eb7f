//===- Loss.cpp - Losses of rows of scores -------------------------------===//
//
// loss = 1/n sum over the rows of weight(row) L(row). The formulas of L are
// in LossFunctions.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Loss.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/Ieee.h"

#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

LossOperands::LossOperands(const Builder &b, const Node &node) {
  if (node.operands.size() < 2)
    throw NotApplicable(node.op + " takes scores and labels");
  scores = b.operand(node, 0);
  labels = b.operand(node, 1);
  if (scores.rank() != 2 || labels.rank() < 1 || labels.rank() > 2 ||
      (labels.rank() == 2 && labels.size(0) != scores.size(0)))
    throw NotApplicable(node.op + ": scores are a matrix, labels a vector or "
                                  "a matrix of the same shape");
  for (size_t i = 2; i < node.operands.size(); ++i) {
    const Value &value = b.operand(node, i);
    std::optional<Value> &place = placeOf(value);
    if (place || value.rank() > 1)
      throw NotApplicable(node.op + " takes one vector of class weights, one "
                                    "of sample weights and one seed");
    place = value;
  }
  if (classWeights && labels.rank() != 1)
    throw NotApplicable(node.op + ": class weights need class numbers");
}

std::optional<Value> &LossOperands::placeOf(const Value &factor) {
  if (factor.rank() == 0)
    return seed;
  return factor.type.shape[0] == dynamicBatch ? sampleWeights : classWeights;
}

Expr LossOperands::label(const Expr &row, int count) const {
  return clamp(labels.at({row}), 0, count - 1);
}

Expr LossOperands::target(const Expr &c, const Expr &row) const {
  if (labels.rank() == 2)
    return cast<float>(labels.at({c, row}));
  Expr label = labels.at({row});
  return classes() == 1 ? cast<float>(label) : select(c == label, 1.0f, 0.0f);
}

Expr LossOperands::weighted(const Expr &loss, const Expr &row) const {
  Expr result = loss;
  if (classWeights) {
    int count = static_cast<int>(classWeights->size(0));
    result *= classWeights->at({label(row, count)});
  }
  if (sampleWeights)
    result *= sampleWeights->at({row});
  return result;
}

Expr LossOperands::seeded(const Expr &gradient) const {
  return seed ? gradient * seed->at({}) : gradient;
}

//===----------------------------------------------------------------------===//
// Statistics of rows
//===----------------------------------------------------------------------===//

RowScalar RowStatisticsBuilder::sum(const char *name, const RowElement &term) {
  Func f(name);
  f(vn) = 0.0f;
  f(vn) += forEach(r, term(r, vn));
  statistics.push_back(f);
  return [f](const Expr &row) { return Expr(f(row)); };
}

RowScalar RowStatisticsBuilder::maximum(const char *name,
                                        const RowElement &term) {
  Func f(name);
  f(vn) = Float(32).min();
  f(vn) = ieeeMax(f(vn), forEach(r, term(r, vn)));
  statistics.push_back(f);
  return [f](const Expr &row) { return Expr(f(row)); };
}

RowScalar RowStatisticsBuilder::define(const char *name,
                                       const RowScalar &value) {
  Func f(name);
  f(vn) = value(vn);
  statistics.push_back(f);
  return [f](const Expr &row) { return Expr(f(row)); };
}

//===----------------------------------------------------------------------===//
// loss, loss_backward, count_correct with a threshold
//===----------------------------------------------------------------------===//

void buildLoss(Builder &b, const Node &node, int firstResult) {
  LossOperands operands(b, node);
  RowStatisticsBuilder rows(operands.classes());
  RowScalar loss = lossOfRow(node, operands, rows);
  Expr count = b.extent(operands.scores.size(1));
  RDom r(0, count);
  Func total("total");
  total() = 0.0f;
  total() += forEach(r, operands.weighted(loss(r), r));
  b.domain = r;
  b.anchor = total;
  b.helpers = rows.statistics;
  b.values[firstResult].at = [=](const Index &) {
    return total() / cast<float>(count);
  };
}

void buildLossBackward(Builder &b, const Node &node, int firstResult) {
  LossOperands operands(b, node);
  RowStatisticsBuilder rows(operands.classes());
  RowElement derivative = derivativeOfRow(node, operands, rows);
  b.helpers = rows.statistics;
  Expr share = 1.0f / cast<float>(b.extent(operands.scores.size(1)));
  b.values[firstResult].at = [=](const Index &i) {
    return derivative(i[0], i[1]) *
           operands.weighted(operands.seeded(share), i[1]);
  };
}

void buildCountAgreeing(Builder &b, const Node &node, int firstResult) {
  LossOperands operands(b, node);
  float threshold = static_cast<float>(floatAttribute(node, "threshold", 0.5));
  Value x = operands.scores;
  RDom r(0, operands.classes());
  Func agreeing("agreeing");
  Expr score = x.at({r, vn}), positive = score > threshold;
  agreeing(vn) = 0;
  Expr agrees = !isNaN(score) && positive == (operands.target(r, vn) > 0.5f);
  agreeing(vn) += forEach(r, select(agrees, 1, 0));
  RDom rows(0, b.extent(x.size(1)));
  Func total("total");
  total() = 0;
  total() += agreeing(rows);
  b.domain = rows;
  b.anchor = total;
  b.helpers = {agreeing};
  b.values[firstResult].at = [=](const Index &) { return total(); };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

Parameters lossParameters(const KernelSpec &spec, const Node &node,
                          const Machine &machine) {
  const TensorType &x = typeOf(spec, node.operands.at(0));
  // About two functions like exp for each score, without vectors.
  double microseconds =
      machine.cycles(60) * static_cast<double>(elementsPerSample(x));
  return {{"task_rows", imagesPerTask(machine, microseconds)}};
}

void scheduleLoss(Builder &b, const Node &) {
  int64_t taskRows = b.parameter("task_rows", 1, 1 << 30);
  if (b.outputs.size() != 1)
    throw NotApplicable("the results of a loss kernel must have one shape");
  auto place = [&](const LoopLevel &level) {
    for (Func &helper : b.helpers)
      helper.compute_at(level).store_in(scratch);
  };
  if (b.anchor.defined()) {
    b.anchor.compute_at(b.out(), Var::outermost()).store_in(scratch);
    place(LoopLevel(b.anchor, RVar(b.domain.x)));
    return;
  }
  Var task("task"), row("row");
  Stage(b.out())
      .vectorize(vc, lanesFor(b.resultType().shape.back(), b.machine.lanes),
                 TailStrategy::ShiftInwards)
      .split(vn, task, row, static_cast<int>(taskRows),
             TailStrategy::GuardWithIf)
      .parallel(task);
  place(LoopLevel(b.out(), row));
}

} // namespace lathe::kernels
