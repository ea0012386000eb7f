//===- Loss.h - Losses of rows of scores ------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_LOSS_H
#define LATHE_COMPILER_KERNELS_LOSS_H

#include "compiler/kernels/Builder.h"

#include <optional>

namespace lathe::kernels {

/// The operands of a loss or its gradient: scores, labels, then perhaps class
/// weights [classes], sample weights [n] and a seed []. Labels are class
/// numbers [n], or targets [n, classes]; with one class, [n] are the targets
/// themselves.
struct LossOperands {
  LossOperands(const Builder &builder, const Node &node);

  int classes() const { return static_cast<int>(scores.size(0)); }
  /// The label of a row with class numbers, in [0, count) whatever the memory
  /// holds.
  Halide::Expr label(const Halide::Expr &row, int count) const;
  /// What the score of class `c` should be: 1 or 0.
  Halide::Expr target(const Halide::Expr &c, const Halide::Expr &row) const;
  /// Times the weights of a row's label and of the row, where there are some.
  Halide::Expr weighted(const Halide::Expr &loss,
                        const Halide::Expr &row) const;
  /// Times the seed, where there is one.
  Halide::Expr seeded(const Halide::Expr &gradient) const;

  Value scores, labels;
  std::optional<Value> classWeights, sampleWeights, seed;

private:
  std::optional<Value> &placeOf(const Value &factor);
};

/// One element, of class `c` and a row.
using RowElement =
    std::function<Halide::Expr(const Halide::Expr &c, const Halide::Expr &row)>;
using RowScalar = std::function<Halide::Expr(const Halide::Expr &row)>;

/// Makes statistics of a row: Funcs of `vn`, in the order of their use.
class RowStatisticsBuilder {
public:
  explicit RowStatisticsBuilder(int classes) : r(0, classes) {}

  RowScalar sum(const char *name, const RowElement &term);
  RowScalar maximum(const char *name, const RowElement &term);
  RowScalar define(const char *name, const RowScalar &value);

  std::vector<Halide::Func> statistics;

private:
  Halide::RDom r;
};

/// A row's loss, and the derivative of that by one of its scores, for the
/// function that the node names.
RowScalar lossOfRow(const Node &node, const LossOperands &operands,
                    RowStatisticsBuilder &rows);
RowElement derivativeOfRow(const Node &node, const LossOperands &operands,
                           RowStatisticsBuilder &rows);

void buildLoss(Builder &builder, const Node &node, int firstResult);
void buildLossBackward(Builder &builder, const Node &node, int firstResult);
/// count_correct with a threshold.
void buildCountAgreeing(Builder &builder, const Node &node, int firstResult);

Parameters lossParameters(const KernelSpec &spec, const Node &node,
                          const Machine &machine);
void scheduleLoss(Builder &builder, const Node &node);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_LOSS_H
