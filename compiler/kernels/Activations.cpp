//===- Activations.cpp - Activation functions and their gradients --------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/FunctionNames.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/VectorMath.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

//===----------------------------------------------------------------------===//
// The table: y = f(x), and f'(x) as a function of x or of y, whichever it is
// simple in. `alpha` is the attribute. Where f' is constant by pieces, its
// value at NaN is not 0, so that what comes back goes on.
//===----------------------------------------------------------------------===//

namespace {
/// Klambauer et al., 2017.
constexpr float seluScale = 1.05070098f, seluAlpha = 1.67326324f;
constexpr float inverseSqrtTwoPi = 0.398942280f;
/// gelu_tanh(x) = x sigmoid(2u) with u = sqrt(2/pi) (x + cubic x^3).
constexpr float geluSlope = 1.59576912f, geluCubic = 0.044715f;

/// relu6(x + 3)/6, exactly 0 and 1 where it is flat.
Expr hardSigmoid(const Expr &x) {
  return ieeeClamp(x / 6.0f + 0.5f, 0.0f, 1.0f);
}

/// tanh(softplus(x)) = p/(p + 2) with p = e^2x + 2e^x; numerator and
/// denominator are divided by e^2x where that would overflow.
std::pair<Expr, Expr> tanhOfSoftplus(const Expr &x) {
  Expr t = vectorExp(-abs(x));
  Expr numerator = select(x < 0.0f, t * t + 2.0f * t, 1.0f + 2.0f * t);
  Expr rest = select(x < 0.0f, 2.0f, 2.0f * t * t);
  return {numerator, rest};
}
Expr mish(const Expr &x) {
  auto [numerator, rest] = tanhOfSoftplus(x);
  return x * (numerator / (numerator + rest));
}
/// tanh(s) + x sigmoid(x) (1 - tanh(s)^2) with s = softplus(x).
Expr mishSlope(const Expr &x) {
  auto [numerator, rest] = tanhOfSoftplus(x);
  Expr denominator = numerator + rest, tangent = numerator / denominator;
  Expr square = rest / denominator * ((denominator + numerator) / denominator);
  return tangent + x * vectorSigmoid(x) * square;
}

Expr geluTanhGate(const Expr &x) {
  return vectorSigmoid(geluSlope * (x + geluCubic * x * x * x));
}
/// The slopes of gates are 0 beyond this.
Expr nearZero(const Expr &x) { return ieeeClamp(x, -20.0f, 20.0f); }

struct Row {
  const char *function;
  Expr (*value)(Expr x, float alpha);
  Expr (*slope)(Expr saved, float alpha);
};
const Row rows[] = {
    {"elu",
     [](Expr x, float alpha) {
       return select(x > 0.0f, x, timesExactly(vectorExpm1(x), alpha));
     },
     [](Expr x, float alpha) {
       return select(x > 0.0f, 1.0f, timesExactly(vectorExp(x), alpha));
     }},
    {"exponential", [](Expr x, float) { return vectorExp(x); },
     [](Expr y, float) { return y; }},
    {"gelu", [](Expr x, float) { return x * vectorNormalDistribution(x); },
     [](Expr x, float) {
       return vectorNormalDistribution(x) +
              x * (inverseSqrtTwoPi * vectorExp(x * x * -0.5f));
     }},
    {"gelu_tanh", [](Expr x, float) { return x * geluTanhGate(x); },
     [](Expr x, float) {
       Expr gate = geluTanhGate(x), z = nearZero(x);
       return gate + z * gate * (1.0f - gate) * geluSlope *
                         (1.0f + 3.0f * geluCubic * z * z);
     }},
    {"hard_sigmoid", [](Expr x, float) { return hardSigmoid(x); },
     [](Expr y, float) {
       return select(atMost(y, 0.0f) || atMost(1.0f, y), 0.0f, 1.0f / 6.0f);
     }},
    {"hard_silu", [](Expr x, float) { return x * hardSigmoid(x); },
     [](Expr x, float) {
       return select(atMost(x, -3.0f), 0.0f, atMost(3.0f, x), 1.0f,
                     x / 3.0f + 0.5f);
     }},
    {"leaky_relu",
     [](Expr x, float alpha) {
       return select(x > 0.0f, x, timesExactly(x, alpha));
     },
     [](Expr x, float alpha) { return select(x > 0.0f, 1.0f, alpha); }},
    {"mish", [](Expr x, float) { return mish(x); },
     [](Expr x, float) { return mishSlope(x); }},
    {"relu6", [](Expr x, float) { return ieeeClamp(x, 0.0f, 6.0f); },
     [](Expr y, float) {
       return select(atMost(y, 0.0f) || atMost(6.0f, y), 0.0f, 1.0f);
     }},
    {"selu",
     [](Expr x, float) {
       return seluScale * select(x > 0.0f, x, seluAlpha * vectorExpm1(x));
     },
     [](Expr y, float) {
       return select(y > 0.0f, seluScale, y + seluScale * seluAlpha);
     }},
    {"sigmoid", [](Expr x, float) { return vectorSigmoid(x); },
     [](Expr y, float) { return y * (1.0f - y); }},
    {"silu", [](Expr x, float) { return x * vectorSigmoid(x); },
     [](Expr x, float) {
       Expr gate = vectorSigmoid(x);
       return gate * (1.0f + nearZero(x) * (1.0f - gate));
     }},
    {"softplus",
     [](Expr x, float) {
       return ieeeMax(x, 0.0f) + vectorLog1p(vectorExp(-abs(x)));
     },
     [](Expr x, float) { return vectorSigmoid(x); }},
    {"softsign", [](Expr x, float) { return x / (1.0f + abs(x)); },
     [](Expr x, float) {
       Expr inverse = 1.0f / (1.0f + abs(x));
       return inverse * inverse;
     }},
    {"tanh", [](Expr x, float) { return vectorTanh(x); },
     [](Expr y, float) { return 1.0f - y * y; }},
};

struct Chosen {
  const Row *row;
  float alpha;
};
Chosen choose(const Node &node) {
  std::string function = textAttribute(node, "function", "");
  // Keras's defaults.
  double alpha = function == "leaky_relu" ? 0.2 : 1;
  for (const Row &row : rows)
    if (function == row.function)
      return {&row, static_cast<float>(floatAttribute(node, "alpha", alpha))};
  throw NotApplicable(
      fmt::format("{}: unknown function '{}'", node.op, function));
}
} // namespace

std::vector<std::string> activationNames() {
  std::vector<std::string> names;
  for (const auto &row : rows)
    names.push_back(row.function);
  return names;
}

void buildActivation(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 1)
    throw NotApplicable("activation takes one operand");
  Value x = broadcastTo(b.operand(node, 0), node.results.at(0));
  Chosen chosen = choose(node);
  b.values[firstResult].at = [=](const Index &i) {
    return chosen.row->value(x.at(i), chosen.alpha);
  };
}

void buildActivationBackward(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 2)
    throw NotApplicable("activation_backward takes two operands");
  Value dy = broadcastTo(b.operand(node, 0), node.results.at(0));
  Value saved = broadcastTo(b.operand(node, 1), node.results[0]);
  Chosen chosen = choose(node);
  b.values[firstResult].at = [=](const Index &i) {
    return dy.at(i) * chosen.row->slope(saved.at(i), chosen.alpha);
  };
}

} // namespace lathe::kernels
