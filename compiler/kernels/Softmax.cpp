//===- Softmax.cpp - Operations on rows of scores ------------------------===//
//
// softmax, its fusion with the cross entropy, that fusion's gradient, and the
// count of right answers. A row is one sample; its statistics live on the stack
// of the task that computes it.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// The statistics of a row: its largest score, and the sum of the exponentials
/// relative to it. `helpers` holds those that the row-shaped result reads, then
/// those that the scalar result (`anchor`, over `domain`) reads.
struct RowStatistics {
  Func largest{"largest"}, sum{"sum"};
  RDom r;

  RowStatistics(const Value &x) : r(0, static_cast<int>(x.size(0))) {
    largest(vn) = Float(32).min();
    largest(vn) = max(largest(vn), x.at({r, vn}));
    sum(vn) = 0.0f;
    sum(vn) += Internal::halide_exp(x.at({r, vn}) - largest(vn));
  }
};

void checkMatrix(const Value &x) {
  if (x.rank() != 2)
    throw NotApplicable("scores are a matrix");
}

/// The label of a row, inside the row whatever the memory holds.
Expr labelOf(const Value &labels, const Value &scores, const Expr &row) {
  return clamp(labels.at({row}), 0, static_cast<int>(scores.size(0)) - 1);
}
} // namespace

void buildSoftmax(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  checkMatrix(x);
  RowStatistics row(x);
  b.helpers = {row.largest, row.sum};
  b.values[firstResult].at = [=](const Index &i) {
    return Internal::halide_exp(x.at(i) - row.largest(i[1])) / row.sum(i[1]);
  };
}

void buildSoftmaxCrossEntropy(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), labels = b.operand(node, 1);
  buildSoftmax(b, node, firstResult + 1);

  // The loss takes the row's statistics from the scores again: logarithms of
  // probabilities that have become zero would be lost.
  RowStatistics row(x);
  RDom r(0, b.extent(x.size(1)));
  Func total("total");
  total() = 0.0f;
  total() += Internal::halide_log(row.sum(r)) + row.largest(r) -
             x.at({labelOf(labels, x, r), r});
  b.domain = r;
  b.anchor = total;
  b.helpers.insert(b.helpers.end(), {row.largest, row.sum});
  Expr count = cast<float>(b.extent(x.size(1)));
  b.values[firstResult].at = [=](const Index &) { return total() / count; };
}

void buildSoftmaxCrossEntropyBackward(Builder &b, const Node &node,
                                      int firstResult) {
  Value p = b.operand(node, 0), labels = b.operand(node, 1);
  checkMatrix(p);
  Expr count = cast<float>(b.extent(p.size(1)));
  b.values[firstResult].at = [=](const Index &i) {
    return (p.at(i) - select(i[0] == labels.at({i[1]}), 1.0f, 0.0f)) / count;
  };
}

void buildCountCorrect(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), labels = b.operand(node, 1);
  checkMatrix(x);
  // A row is right when no score before the label's reaches it and none after
  // it exceeds it: a count that needs no order.
  RDom r(0, static_cast<int>(x.size(0)));
  Func better("better");
  Expr label = labelOf(labels, x, vn);
  Expr score = x.at({r, vn}), own = x.at({label, vn});
  better(vn) = 0;
  better(vn) += select(score > own || (score == own && r < label), 1, 0);
  RDom rows(0, b.extent(x.size(1)));
  Func total("total");
  total() = 0;
  total() += select(
      better(rows) == 0 && labels.at({rows}) == labelOf(labels, x, rows), 1, 0);
  b.domain = rows;
  b.anchor = total;
  b.helpers = {better};
  b.values[firstResult].at = [=](const Index &) { return total(); };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

Schedule rowsDefault(const KernelSpec &spec, const Node &node,
                     const Machine &) {
  const TensorType &x = typeOf(spec, node.operands.at(0));
  // Two exponentials for each score, about 10 ns together without vectors.
  double microseconds = 1e-2 * static_cast<double>(elementsPerSample(x));
  return {"rows", {{"task_rows", imagesPerTask(microseconds)}}};
}

void scheduleRows(Builder &b, const Node &) {
  if (b.chosen.strategy != "rows")
    throw NotApplicable("operations on rows have the strategy 'rows'");
  int64_t taskRows = b.parameter("task_rows", 1, 1 << 30);
  size_t helper = 0;
  auto place = [&](size_t end, const LoopLevel &level) {
    for (; helper < end; ++helper)
      b.helpers[helper].compute_at(level).store_in(scratch);
  };
  for (size_t i = 0; i < b.outputs.size(); ++i) {
    const TensorType &type = b.resultType(i);
    if (type.shape.size() != 2)
      continue;
    Func &out = b.outputs[i];
    Stage(out).vectorize(vc, lanesFor(type.shape[1], b.machine.lanes),
                         TailStrategy::ShiftInwards);
    Var task("task"), row("row");
    Stage(out)
        .split(vn, task, row, static_cast<int>(taskRows),
               TailStrategy::GuardWithIf)
        .parallel(task);
    place(std::min<size_t>(2, b.helpers.size()), LoopLevel(out, row));
  }
  if (b.anchor.defined()) {
    b.anchor.compute_at(b.out(), Var::outermost()).store_in(scratch);
    place(b.helpers.size(), LoopLevel(b.anchor, RVar(b.domain.x)));
  }
}

} // namespace lathe::kernels
