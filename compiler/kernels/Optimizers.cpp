//===- Optimizers.cpp - Parameter updates --------------------------------===//
//
// Keras 3's formulas over all parameters at once, as tensors of rank 1. The
// parameter and the optimizer's slots are updated in place.
//
// Finite operands give finite results as long as gradients are below 2^60,
// which a step proves before its first update: what is added to a parameter is
// limited to ±2^100, which is nothing to the largest floats, and sums of
// squares to 2^126. No training that gets anywhere meets these limits.
// RMSprop's centered variance is at least 0; Keras has NaN where rounding makes
// it negative.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <cmath>
#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

static float f(double value) { return static_cast<float>(value); }

/// x where it is below the limit, which NaN is not.
static Expr atMost(const Expr &x, int exponent) {
  float limit = std::ldexp(1.0f, exponent);
  return select(x < limit, x, limit);
}

/// What is added to a parameter or a slot. An infinite quotient (of a slot that
/// some host has made up) must not get into the parameter.
static Expr increment(const Expr &x) {
  constexpr int exponent = 100;
  float limit = std::ldexp(1.0f, exponent);
  return select(x > -limit, atMost(x, exponent), -limit);
}

/// A sum of squares, whose root is taken.
static Expr squares(const Expr &x) { return atMost(x, 126); }

/// Operands: parameter, gradient, the slots, learning rate, then `scalars`
/// more.
static void check(const Node &node, size_t slots, size_t scalars = 0) {
  if (node.operands.size() != 3 + slots + scalars ||
      node.results.size() != 1 + slots)
    throw NotApplicable(fmt::format("{} takes {} operands and has {} results",
                                    node.op, 3 + slots + scalars, 1 + slots));
}

/// The parameter before the step: with decoupled weight decay it shrinks first.
static Value decayed(const Node &node, const Value &p, const Expr &rate) {
  float decay = f(floatAttribute(node, "weight_decay", 0));
  if (decay == 0)
    return p;
  return {p.type, [=](const Index &i) { return p.at(i) * (1 - rate * decay); }};
}

void buildSgd(Builder &b, const Node &node, int firstResult) {
  Value g = b.operand(node, 1);
  bool withVelocity = node.operands.size() > 3;
  check(node, withVelocity);
  Expr rate = b.operand(node, withVelocity ? 3 : 2).at({});
  Value p = decayed(node, b.operand(node, 0), rate);
  if (!withVelocity) {
    b.values[firstResult].at = [=](const Index &i) {
      return p.at(i) - increment(rate * g.at(i));
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
    return p.at(i) +
           increment(nesterov ? momentum * next - rate * g.at(i) : next);
  };
  b.values[firstResult + 1].at = velocity;
}

// Slots: velocity, average gradient where `centered`, momentum.
void buildRmsprop(Builder &b, const Node &node, int firstResult) {
  double rho = floatAttribute(node, "rho", 0.9);
  float epsilon = f(floatAttribute(node, "epsilon", 1e-7));
  float momentum = f(floatAttribute(node, "momentum", 0));
  bool centered = intAttribute(node, "centered", 0) != 0;
  size_t slots = 1 + centered + (momentum > 0);
  check(node, slots);
  Expr rate = b.operand(node, 2 + slots).at({});
  Value p = decayed(node, b.operand(node, 0), rate);
  Value g = b.operand(node, 1), v = b.operand(node, 2);
  auto average = [=](const Value &slot, const Expr &sample, const Index &i) {
    return f(rho) * slot.at(i) + f(1 - rho) * sample;
  };
  auto velocity = [=](const Index &i) {
    return squares(average(v, g.at(i) * g.at(i), i));
  };
  b.values[firstResult + 1].at = velocity;
  std::function<Expr(const Index &)> variance = velocity;
  if (centered) {
    Value a = b.operand(node, 3);
    auto mean = [=](const Index &i) { return average(a, g.at(i), i); };
    b.values[firstResult + 2].at = mean;
    variance = [=](const Index &i) {
      return max(velocity(i) - mean(i) * mean(i), 0.0f);
    };
  }
  auto step = [=](const Index &i) {
    return increment(rate * g.at(i) / sqrt(variance(i) + epsilon));
  };
  if (!(momentum > 0)) {
    b.values[firstResult].at = [=](const Index &i) {
      return p.at(i) - step(i);
    };
    return;
  }
  Value m = b.operand(node, 1 + slots);
  auto buffer = [=](const Index &i) { return momentum * m.at(i) + step(i); };
  b.values[firstResult].at = [=](const Index &i) {
    return p.at(i) - increment(buffer(i));
  };
  b.values[firstResult + slots].at = buffer;
}

void buildAdagrad(Builder &b, const Node &node, int firstResult) {
  check(node, 1);
  float epsilon = f(floatAttribute(node, "epsilon", 1e-7));
  Expr rate = b.operand(node, 3).at({});
  Value p = decayed(node, b.operand(node, 0), rate);
  Value g = b.operand(node, 1), a = b.operand(node, 2);
  auto accumulator = [=](const Index &i) {
    return squares(a.at(i) + g.at(i) * g.at(i));
  };
  b.values[firstResult].at = [=](const Index &i) {
    return p.at(i) - increment(rate * g.at(i) / sqrt(accumulator(i) + epsilon));
  };
  b.values[firstResult + 1].at = accumulator;
}

void buildLion(Builder &b, const Node &node, int firstResult) {
  check(node, 1);
  double beta1 = floatAttribute(node, "beta_1", 0.9);
  double beta2 = floatAttribute(node, "beta_2", 0.99);
  Expr rate = b.operand(node, 3).at({});
  Value p = decayed(node, b.operand(node, 0), rate);
  Value g = b.operand(node, 1), m = b.operand(node, 2);
  auto mixed = [=](double beta, const Index &i) {
    return f(beta) * m.at(i) + f(1 - beta) * g.at(i);
  };
  b.values[firstResult].at = [=](const Index &i) {
    Expr direction = mixed(beta1, i);
    return p.at(i) -
           select(direction > 0.0f, rate, direction < 0.0f, -rate, direction);
  };
  b.values[firstResult + 1].at = [=](const Index &i) {
    return mixed(beta2, i);
  };
}

namespace {
/// What Adam divides and multiplies by, after t steps with this one.
struct AdamScalars {
  Builder &b;
  Expr t, rate;
  double beta1, beta2;

  Expr one() const { return cast<double>(1); }
  Expr power(double beta) const;
  Expr keep(const char *name, const Expr &value) const;
  Tuple nesterovProduct(const Expr &steps) const;
};
} // namespace

/// beta^t as a product of beta^(2^bit) over the bits of t: exact to double's
/// last places, with no library's power function in between. After 2^40 steps
/// the power has long been zero.
Expr AdamScalars::power(double beta) const {
  Func product("power");
  RDom bit(0, 40);
  product() = Tuple(one(), cast<double>(Expr(beta)));
  Expr isSet =
      ((t >> cast<int64_t>(bit)) & cast<int64_t>(1)) != cast<int64_t>(0);
  product() = Tuple(product()[0] * select(isSet, product()[1], one()),
                    product()[1] * product()[1]);
  b.scalars.push_back(product);
  return product()[0];
}

/// A number that the update of each element reads.
Expr AdamScalars::keep(const char *name, const Expr &value) const {
  Func scalar(name);
  scalar() = cast<float>(value);
  b.scalars.push_back(scalar);
  return scalar();
}

/// The product of 1 - 0.96^i / 2 over the first steps, and the last factor.
/// Beyond 1024 of them, factors are 1 to double's last place.
Tuple AdamScalars::nesterovProduct(const Expr &steps) const {
  Func product("nesterov_product");
  RDom i(0, 1024);
  product() = Tuple(one(), one(), one()); // product, last factor, 0.96^i
  Expr decay = product()[2] * cast<double>(Expr(0.96));
  Expr factor = one() - decay * cast<double>(Expr(0.5));
  Expr isIn = cast<int64_t>(i) < steps;
  product() = Tuple(product()[0] * select(isIn, factor, one()),
                    select(isIn, factor, product()[1]), decay);
  b.scalars.push_back(product);
  return Tuple(product()[0], product()[1]);
}

void buildAdam(Builder &b, const Node &node, int firstResult) {
  check(node, 2, 1);
  Value p = decayed(node, b.operand(node, 0), b.operand(node, 4).at({}));
  Value g = b.operand(node, 1), m = b.operand(node, 2), v = b.operand(node, 3);
  double beta1 = floatAttribute(node, "beta_1", 0.9);
  double beta2 = floatAttribute(node, "beta_2", 0.999);
  float epsilon = f(floatAttribute(node, "epsilon", 1e-7));

  const Expr lr = b.operand(node, 4).at({});
  const AdamScalars scalars{b, b.operand(node, 5).at({}) + cast<int64_t>(1),
                            cast<double>(lr), beta1, beta2};
  const Expr one = scalars.one();
  auto first = [=](const Index &i) {
    return m.at(i) + (g.at(i) - m.at(i)) * f(1 - beta1);
  };
  auto second = [=](const Index &i) {
    return squares(v.at(i) + (g.at(i) * g.at(i) - v.at(i)) * f(1 - beta2));
  };
  if (intAttribute(node, "nesterov", 0) != 0) {
    // The powers of beta_1 are factored out of the products.
    Expr before = scalars.power(beta1);
    Tuple now = scalars.nesterovProduct(scalars.t);
    Tuple next = scalars.nesterovProduct(scalars.t + cast<int64_t>(1));
    Expr beta = cast<double>(Expr(beta1));
    Expr ofMean = scalars.keep("of_mean", scalars.rate * beta * next[1] /
                                              (one - before * beta * next[0]));
    Expr ofGradient =
        scalars.keep("of_gradient", scalars.rate * (one - beta * now[1]) /
                                        (one - before * now[0]));
    Expr ofRoot =
        scalars.keep("of_root", one / sqrt(one - scalars.power(beta2)));
    b.values[firstResult].at = [=](const Index &i) {
      return p.at(i) - increment((ofMean * first(i) + ofGradient * g.at(i)) /
                                 (ofRoot * sqrt(second(i)) + epsilon));
    };
  } else {
    Expr alpha =
        scalars.keep("alpha", scalars.rate * (sqrt(one - scalars.power(beta2)) /
                                              (one - scalars.power(beta1))));
    b.values[firstResult].at = [=](const Index &i) {
      return p.at(i) -
             increment(alpha * first(i) / (sqrt(second(i)) + epsilon));
    };
  }
  b.values[firstResult + 1].at = first;
  b.values[firstResult + 2].at = second;
}

} // namespace lathe::kernels
