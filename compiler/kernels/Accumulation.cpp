//===- Accumulation.cpp - What outlasts single steps ---------------------===//
//
// Gradients summed over several batches, and the moving average of a parameter.
// Both treat their first step differently: the memory may hold anything then.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <cmath>
#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

static void check(const Node &node) {
  if (node.operands.size() != 3 || node.results.size() != 1)
    throw NotApplicable(
        fmt::format("{} takes 3 operands and has 1 result", node.op));
}

/// Operands: the sum, this batch's gradient, the number of batches before it.
void buildAccumulateGradient(Builder &b, const Node &node, int firstResult) {
  check(node);
  Value a = b.operand(node, 0), g = b.operand(node, 1);
  int64_t steps = intAttribute(node, "steps", 1);
  Expr place = b.operand(node, 2).at({}) % cast<int64_t>(Expr(steps));
  // Of gradients below 2^60 each, a sum that is one, too.
  float limit = std::ldexp(1.0f, 60);
  b.values[firstResult].at = [=](const Index &i) {
    Expr sum = clamp(select(place == cast<int64_t>(0), 0.0f, a.at(i)) + g.at(i),
                     -limit, limit);
    return select(place == cast<int64_t>(Expr(steps - 1)),
                  sum / static_cast<float>(steps), sum);
  };
}

/// Operands: the average, the parameter, the number of steps before this one.
void buildAverageWeights(Builder &b, const Node &node, int firstResult) {
  check(node);
  Value a = b.operand(node, 0), p = b.operand(node, 1);
  double momentum = floatAttribute(node, "momentum", 0.99);
  Expr isFirst = b.operand(node, 2).at({}) == cast<int64_t>(0);
  b.values[firstResult].at = [=](const Index &i) {
    return select(isFirst, p.at(i),
                  static_cast<float>(momentum) * a.at(i) +
                      static_cast<float>(1 - momentum) * p.at(i));
  };
}

} // namespace lathe::kernels
