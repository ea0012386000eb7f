//===- Softmax.cpp - Operations on rows of scores ------------------------===//
//
// softmax, its fusion with the cross entropy, that fusion's gradient, and the
// count of right answers. A row is one sample; its statistics live on the stack
// of the task that computes it.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Loss.h"

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
    largest(vn) = max(largest(vn), forEach(r, x.at({r, vn})));
    sum(vn) = 0.0f;
    sum(vn) += forEach(r, exponential(x.at({r, vn}) - largest(vn)));
  }

  /// NaN scores come out here, so that `largest` need not hold them.
  static Expr exponential(const Expr &x) {
    return keepNaN(x, Internal::halide_exp(x));
  }
};

void checkMatrix(const Value &x) {
  if (x.rank() != 2)
    throw NotApplicable("scores are a matrix");
}
} // namespace

void buildSoftmax(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  checkMatrix(x);
  RowStatistics row(x);
  b.helpers = {row.largest, row.sum};
  b.values[firstResult].at = [=](const Index &i) {
    return RowStatistics::exponential(x.at(i) - row.largest(i[1])) /
           row.sum(i[1]);
  };
}

void buildSoftmaxCrossEntropy(Builder &b, const Node &node, int firstResult) {
  LossOperands operands(b, node);
  Value x = operands.scores;
  buildSoftmax(b, node, firstResult + 1);

  // The loss takes the row's statistics from the scores again: logarithms of
  // probabilities that have become zero would be lost.
  RowStatistics row(x);
  b.helpers.insert(b.helpers.end(), {row.largest, row.sum});
  RDom r(0, b.extent(x.size(1)));
  Expr sum = row.sum(r);
  Expr logarithm = keepNaN(sum, Internal::halide_log(sum)) + row.largest(r);
  Expr loss = logarithm - x.at({operands.label(r, operands.classes()), r});
  float smoothing =
      static_cast<float>(floatAttribute(node, "label_smoothing", 0));
  if (smoothing != 0) {
    // With y = (1-s) onehot + s/K: the mean over all classes, by a share s.
    Func scores("scores");
    scores(vn) = 0.0f;
    scores(vn) += forEach(row.r, x.at({row.r, vn}));
    b.helpers.push_back(scores);
    Expr mean = scores(r) / static_cast<float>(operands.classes());
    loss = loss * (1 - smoothing) + (logarithm - mean) * smoothing;
  }
  Func total("total");
  total() = 0.0f;
  total() += forEach(r, operands.weighted(loss, r));
  b.domain = r;
  b.anchor = total;
  Expr count = cast<float>(b.extent(x.size(1)));
  b.values[firstResult].at = [=](const Index &) { return total() / count; };
}

void buildSoftmaxCrossEntropyBackward(Builder &b, const Node &node,
                                      int firstResult) {
  LossOperands operands(b, node);
  Value p = operands.scores;
  float smoothing =
      static_cast<float>(floatAttribute(node, "label_smoothing", 0));
  float share = smoothing / static_cast<float>(operands.classes());
  Expr count = cast<float>(b.extent(p.size(1)));
  b.values[firstResult].at = [=](const Index &i) {
    Expr target = select(i[0] == operands.labels.at({i[1]}),
                         1 - smoothing + share, share);
    Expr gradient = (p.at(i) - target) / count;
    return operands.weighted(operands.seeded(gradient), i[1]);
  };
}

void buildCountCorrect(Builder &b, const Node &node, int firstResult) {
  if (node.attributes.count("threshold")) {
    buildCountAgreeing(b, node, firstResult);
    return;
  }
  LossOperands operands(b, node);
  Value x = operands.scores, labels = operands.labels;
  // A row is right when all scores before the label's are below it, and those
  // from it on at most it: a count that needs no order. No row with NaN is.
  RDom r(0, static_cast<int>(x.size(0)));
  Func better("better");
  Expr label = operands.label(vn, operands.classes());
  Expr score = x.at({r, vn}), own = x.at({label, vn});
  better(vn) = 0;
  Expr fits = select(r < label, score < own, atMost(score, own));
  better(vn) += select(fits, 0, 1);
  RDom rows(0, b.extent(x.size(1)));
  Func total("total");
  total() = 0;
  total() +=
      select(better(rows) == 0 &&
                 labels.at({rows}) == operands.label(rows, operands.classes()),
             1, 0);
  b.domain = rows;
  b.anchor = total;
  b.helpers = {better};
  b.values[firstResult].at = [=](const Index &) { return total(); };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

Parameters rowsParameters(const KernelSpec &spec, const Node &node,
                          const Machine &machine) {
  const TensorType &x = typeOf(spec, node.operands.at(0));
  // Two exponentials for each score, about thirty cycles together without
  // vectors.
  double microseconds =
      machine.cycles(30) * static_cast<double>(elementsPerSample(x));
  return {{"task_rows", imagesPerTask(machine, microseconds)}};
}

void scheduleRows(Builder &b, const Node &) {
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
