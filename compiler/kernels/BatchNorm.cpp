//===- BatchNorm.cpp - Batch normalisation -------------------------------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"

using namespace Halide;

namespace lathe::kernels {

/// With r = 1/sqrt(variance + epsilon) and m elements per channel:
/// slope = -scale·r²·t/m, offset = -scale·s/m, dgamma = t·r.
void buildBatchNormFactors(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 4 || node.results.size() != 3)
    throw NotApplicable(
        "batch_norm_factors takes four operands and has three results");
  auto operand = [&](size_t i) {
    return broadcastTo(b.operand(node, i), node.results[0]);
  };
  Value s = operand(0), t = operand(1), scale = operand(2),
        variance = operand(3);
  float epsilon = static_cast<float>(floatAttribute(node, "epsilon", 1e-3));
  Expr count =
      cast<float>(b.n) * static_cast<float>(intAttribute(node, "positions", 1));
  b.values[firstResult].at = [=](const Index &i) {
    return -scale.at(i) * t.at(i) / ((variance.at(i) + epsilon) * count);
  };
  b.values[firstResult + 1].at = [=](const Index &i) {
    return -scale.at(i) * s.at(i) / count;
  };
  b.values[firstResult + 2].at = [=](const Index &i) {
    return t.at(i) / sqrt(variance.at(i) + epsilon);
  };
}

} // namespace lathe::kernels
