//===- Optimizers.cpp - Parameter updates --------------------------------===//
//
// Keras 3's formulas over all parameters at once, as tensors of rank 1. The
// parameter and the optimizer's slots are updated in place.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

static float f(double value) { return static_cast<float>(value); }

/// Operands: parameter, gradient, the slots, learning rate, then `scalars`
/// more.
static void check(const Node &node, size_t slots, size_t scalars = 0) {
  if (node.operands.size() != 3 + slots + scalars ||
      node.results.size() != 1 + slots)
    throw NotApplicable(fmt::format("{} takes {} operands and has {} results",
                                    node.op, 3 + slots + scalars, 1 + slots));
}

void buildSgd(Builder &b, const Node &node, int firstResult) {
  Value p = b.operand(node, 0), g = b.operand(node, 1);
  bool withVelocity = node.operands.size() > 3;
  check(node, withVelocity);
  Expr rate = b.operand(node, withVelocity ? 3 : 2).at({});
  if (!withVelocity) {
    b.values[firstResult].at = [=](const Index &i) {
      return p.at(i) - rate * g.at(i);
    };
    return;
  }
  Value v = b.operand(node, 2);
  float momentum = f(floatAttribute(node, "momentum", 0));
  bool nesterov = intAttribute(node, "nesterov", 0) != 0;
  auto velocity = [=](const Index &i) {
    return momentum * v.at(i) - rate * g.at(i);
  };
  b.values[firstResult].at = [=](const Index &i) {
    Expr next = velocity(i);
    return p.at(i) + (nesterov ? momentum * next - rate * g.at(i) : next);
  };
  b.values[firstResult + 1].at = velocity;
}

void buildRmsprop(Builder &b, const Node &node, int firstResult) {
  Value p = b.operand(node, 0), g = b.operand(node, 1), v = b.operand(node, 2);
  double rho = floatAttribute(node, "rho", 0.9);
  float epsilon = f(floatAttribute(node, "epsilon", 1e-7));
  float momentum = f(floatAttribute(node, "momentum", 0));
  bool withMomentum = momentum > 0;
  check(node, 1 + withMomentum);
  Expr rate = b.operand(node, withMomentum ? 4 : 3).at({});
  auto velocity = [=](const Index &i) {
    return f(rho) * v.at(i) + f(1 - rho) * (g.at(i) * g.at(i));
  };
  auto increment = [=](const Index &i) {
    return rate * g.at(i) / sqrt(velocity(i) + epsilon);
  };
  b.values[firstResult + 1].at = velocity;
  if (!withMomentum) {
    b.values[firstResult].at = [=](const Index &i) {
      return p.at(i) - increment(i);
    };
    return;
  }
  Value m = b.operand(node, 3);
  auto buffer = [=](const Index &i) {
    return momentum * m.at(i) + increment(i);
  };
  b.values[firstResult].at = [=](const Index &i) {
    return p.at(i) - buffer(i);
  };
  b.values[firstResult + 2].at = buffer;
}

void buildAdam(Builder &b, const Node &node, int firstResult) {
  check(node, 2, 1);
  Value p = b.operand(node, 0), g = b.operand(node, 1), m = b.operand(node, 2),
        v = b.operand(node, 3);
  double beta1 = floatAttribute(node, "beta_1", 0.9);
  double beta2 = floatAttribute(node, "beta_2", 0.999);
  float epsilon = f(floatAttribute(node, "epsilon", 1e-7));

  // beta^t as a product of beta^(2^bit) over the bits of t: exact to double's
  // last places, with no library's power function in between. After 2^40 steps
  // the power has long been zero.
  Expr t = b.operand(node, 5).at({}) + cast<int64_t>(1);
  auto power = [&](double beta) -> Expr {
    Func product("power");
    RDom bit(0, 40);
    product() = Tuple(cast<double>(1), cast<double>(Expr(beta)));
    Expr isSet =
        ((t >> cast<int64_t>(bit)) & cast<int64_t>(1)) != cast<int64_t>(0);
    product() =
        Tuple(product()[0] * select(isSet, product()[1], cast<double>(1)),
              product()[1] * product()[1]);
    b.scalars.push_back(product);
    return product()[0];
  };
  Expr correction =
      sqrt(cast<double>(1) - power(beta2)) / (cast<double>(1) - power(beta1));
  Func alpha("alpha");
  alpha() = cast<float>(cast<double>(b.operand(node, 4).at({})) * correction);
  b.scalars.push_back(alpha);

  auto first = [=](const Index &i) {
    return m.at(i) + (g.at(i) - m.at(i)) * f(1 - beta1);
  };
  auto second = [=](const Index &i) {
    return v.at(i) + (g.at(i) * g.at(i) - v.at(i)) * f(1 - beta2);
  };
  b.values[firstResult].at = [=](const Index &i) {
    return p.at(i) - alpha() * first(i) / (sqrt(second(i)) + epsilon);
  };
  b.values[firstResult + 1].at = first;
  b.values[firstResult + 2].at = second;
}

} // namespace lathe::kernels
