//===- LossFunctions.cpp - The formulas of the losses --------------------===//
//
// Keras 3's, with its epsilon. s is a score, y its target, K the number of
// classes; where scores are probabilities, they are clipped to [epsilon,
// 1 - epsilon] before a logarithm, and outside of that the derivative is zero.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/FunctionNames.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Loss.h"
#include "compiler/kernels/VectorMath.h"

#include <fmt/format.h>

#include <cmath>

using namespace Halide;

namespace lathe::kernels {

namespace {
constexpr float epsilon = 1e-7f, one = 1 - 1e-7f;

struct LossParameters {
  bool logits, balanced;
  float smoothing, alpha, gamma;

  explicit LossParameters(const Node &node)
      : logits(intAttribute(node, "from_logits", 0) != 0),
        balanced(intAttribute(node, "apply_class_balancing", 0) != 0),
        smoothing(real(node, "label_smoothing", 0)),
        alpha(real(node, "alpha", 0.25)), gamma(real(node, "gamma", 2)) {}

  static float real(const Node &node, const char *name, double otherwise) {
    return static_cast<float>(floatAttribute(node, name, otherwise));
  }
};

Expr clipped(const Expr &p) { return ieeeClamp(p, epsilon, one); }
Expr unlessClipped(const Expr &p, const Expr &slope) {
  return select(p < epsilon || p > one, 0.0f, slope);
}

/// x^exponent for x >= 0; zero where it would not be finite.
Expr power(const Expr &x, float exponent) {
  if (exponent >= 0 && exponent <= 8 && exponent == std::floor(exponent)) {
    Expr product = 1.0f;
    for (int i = 0; i < static_cast<int>(exponent); ++i)
      product = i ? product * x : x;
    return product;
  }
  constexpr float smallest = 1e-37f; // that is normal
  return select(atMost(x, smallest), 0.0f,
                vectorExp(exponent * vectorLog(ieeeMax(x, smallest))));
}

//===----------------------------------------------------------------------===//
// Means over the classes: L = 1/K sum over c of f(s_c, y_c)
//===----------------------------------------------------------------------===//

struct MeanLoss {
  const char *name;
  Expr (*value)(const LossParameters &, const Expr &s, const Expr &y);
  Expr (*derivative)(const LossParameters &, const Expr &s, const Expr &y);
};

Expr smoothed(const LossParameters &p, const Expr &y) {
  return p.smoothing == 0 ? y : y * (1 - p.smoothing) + 0.5f * p.smoothing;
}

/// -y log p - (1-y) log(1-p)
Expr binaryEntropy(const Expr &probability, const Expr &y) {
  Expr p = clipped(probability);
  return -(y * vectorLog(p) + (1 - y) * vectorLog(1 - p));
}
Expr binaryEntropySlope(const Expr &probability, const Expr &y) {
  Expr p = clipped(probability);
  return unlessClipped(probability, (p - y) / (p * (1 - p)));
}

/// With z = y p + (1-y)(1-p): (1-z)^gamma binaryEntropy, and for balance times
/// y alpha + (1-y)(1-alpha).
struct BinaryFocal {
  const LossParameters &parameters;
  Expr y, p, rest, weight;

  BinaryFocal(const LossParameters &parameters, const Expr &s,
              const Expr &label)
      : parameters(parameters), y(smoothed(parameters, label)),
        p(parameters.logits ? vectorSigmoid(s) : s),
        rest(1 - (y * p + (1 - y) * (1 - p))),
        weight(parameters.balanced
                   ? y * parameters.alpha + (1 - y) * (1 - parameters.alpha)
                   : Expr(1.0f)) {}

  Expr value() const {
    return weight * power(rest, parameters.gamma) * binaryEntropy(p, y);
  }
  Expr derivative() const {
    float gamma = parameters.gamma;
    Expr factorSlope = gamma * power(rest, gamma - 1) * (1 - 2 * y);
    Expr slope = weight * (factorSlope * binaryEntropy(p, y) +
                           power(rest, gamma) * binaryEntropySlope(p, y));
    return parameters.logits ? slope * (p * (1 - p)) : slope;
  }
};

const MeanLoss meanLosses[] = {
    {"binary_crossentropy",
     [](const LossParameters &p, const Expr &s, const Expr &label) {
       Expr y = smoothed(p, label);
       if (!p.logits)
         return binaryEntropy(s, y);
       return ieeeMax(s, 0.0f) - s * y + vectorLog1p(vectorExp(-abs(s)));
     },
     [](const LossParameters &p, const Expr &s, const Expr &label) {
       Expr y = smoothed(p, label);
       return p.logits ? vectorSigmoid(s) - y : binaryEntropySlope(s, y);
     }},
    {"binary_focal_crossentropy",
     [](const LossParameters &p, const Expr &s, const Expr &y) {
       return BinaryFocal(p, s, y).value();
     },
     [](const LossParameters &p, const Expr &s, const Expr &y) {
       return BinaryFocal(p, s, y).derivative();
     }},
    // The hinges' targets are 1 and -1.
    {"hinge",
     [](const LossParameters &, const Expr &s, const Expr &y) {
       return ieeeMax(1 - (2 * y - 1) * s, 0.0f);
     },
     [](const LossParameters &, const Expr &s, const Expr &y) {
       Expr sign = 2 * y - 1, agreement = sign * s;
       return select(agreement < 1.0f, -sign, keepNaN(agreement, 0.0f));
     }},
    {"squared_hinge",
     [](const LossParameters &, const Expr &s, const Expr &y) {
       Expr distance = ieeeMax(1 - (2 * y - 1) * s, 0.0f);
       return distance * distance;
     },
     [](const LossParameters &, const Expr &s, const Expr &y) {
       Expr sign = 2 * y - 1;
       return -2 * sign * ieeeMax(1 - sign * s, 0.0f);
     }},
    {"mean_squared_error",
     [](const LossParameters &, const Expr &s, const Expr &y) {
       return (s - y) * (s - y);
     },
     [](const LossParameters &, const Expr &s, const Expr &y) {
       return 2 * (s - y);
     }},
    {"mean_absolute_error",
     [](const LossParameters &, const Expr &s, const Expr &y) {
       return abs(s - y);
     },
     [](const LossParameters &, const Expr &s, const Expr &y) {
       Expr difference = s - y; // 0 and NaN stay
       return select(difference > 0.0f, 1.0f, difference < 0.0f, -1.0f,
                     difference);
     }},
};

//===----------------------------------------------------------------------===//
// Functions of a whole row of probabilities q: the scores over their sum S, or
// softmax(s)
//===----------------------------------------------------------------------===//

struct Probabilities {
  RowElement q, y;
  RowScalar sum;          ///< S
  RowScalar logarithmSum; ///< log of the sum of e^s, for logits
};

Probabilities probabilitiesOf(const LossParameters &p, const LossOperands &o,
                              RowStatisticsBuilder &rows) {
  Probabilities result;
  auto s = [o](const Expr &c, const Expr &row) {
    return o.scores.at({c, row});
  };
  float share = p.smoothing / static_cast<float>(o.classes());
  result.y = [=](const Expr &c, const Expr &row) {
    return o.target(c, row) * (1 - p.smoothing) + share;
  };
  if (!p.logits) {
    result.sum = rows.sum("sum", s);
    result.q = [=, sum = result.sum](const Expr &c, const Expr &row) {
      return s(c, row) / sum(row);
    };
    return result;
  }
  RowScalar largest = rows.maximum("largest", s);
  RowScalar sum = rows.sum("sum", [=](const Expr &c, const Expr &row) {
    return vectorExp(s(c, row) - largest(row));
  });
  result.logarithmSum = rows.define("logarithm_sum", [=](const Expr &row) {
    return largest(row) + vectorLog(sum(row));
  });
  result.q = [=](const Expr &c, const Expr &row) {
    return vectorExp(s(c, row) - largest(row)) / sum(row);
  };
  return result;
}

/// L = sum over c of -y_c log q_c, the focal one times alpha (1 - q_c)^gamma.
RowScalar crossEntropy(const LossParameters &p, const LossOperands &o,
                       RowStatisticsBuilder &rows, bool focal) {
  Probabilities of = probabilitiesOf(p, o, rows);
  return rows.sum("row_loss", [=](const Expr &c, const Expr &row) {
    if (p.logits && !focal)
      return of.y(c, row) * (of.logarithmSum(row) - o.scores.at({c, row}));
    Expr q = clipped(of.q(c, row));
    Expr entropy = -of.y(c, row) * vectorLog(q);
    return focal ? p.alpha * power(1 - q, p.gamma) * entropy : entropy;
  });
}

/// With g_c the derivative of L by q_c and G = sum over c of g_c q_c, the
/// derivatives by the scores are q_c (g_c - G) for logits, (g_c - G) / S for
/// probabilities.
RowElement crossEntropyDerivative(const LossParameters &p,
                                  const LossOperands &o,
                                  RowStatisticsBuilder &rows, bool focal) {
  Probabilities of = probabilitiesOf(p, o, rows);
  RowElement weighted = [=](const Expr &c, const Expr &row) -> Expr { // g q
    Expr y = of.y(c, row);
    if (p.logits && !focal)
      return -y;
    Expr q = of.q(c, row);
    if (!focal)
      return unlessClipped(q, -y);
    Expr inside = clipped(q), rest = 1 - inside;
    return unlessClipped(q, p.alpha * y *
                                (p.gamma * power(rest, p.gamma - 1) * inside *
                                     vectorLog(inside) -
                                 power(rest, p.gamma)));
  };
  RowScalar all = rows.sum("weighted", weighted);
  return [=](const Expr &c, const Expr &row) -> Expr {
    Expr q = of.q(c, row);
    if (p.logits)
      return weighted(c, row) - q * all(row);
    return (weighted(c, row) / clipped(q) - all(row)) / of.sum(row);
  };
}

/// L = max(neg - pos + 1, 0), pos = sum of y s, neg = max of (1-y) s.
struct CategoricalHinge {
  RowElement negative;
  RowScalar neg, distance;

  CategoricalHinge(const LossOperands &o, RowStatisticsBuilder &rows) {
    negative = [o](const Expr &c, const Expr &row) {
      return (1 - o.target(c, row)) * o.scores.at({c, row});
    };
    RowScalar pos = rows.sum("pos", [=](const Expr &c, const Expr &row) {
      return o.target(c, row) * o.scores.at({c, row});
    });
    neg = rows.maximum("neg", negative);
    distance = rows.define("distance", [pos, neg = neg](const Expr &row) {
      return ieeeMax(neg(row) - pos(row) + 1, 0.0f);
    });
  }
};
/// Scores that are equally large share the derivative.
RowElement categoricalHingeDerivative(const LossOperands &o,
                                      RowStatisticsBuilder &rows) {
  CategoricalHinge hinge(o, rows);
  RowElement wins = [=](const Expr &c, const Expr &row) {
    return select(hinge.negative(c, row) == hinge.neg(row), 1.0f, 0.0f);
  };
  RowScalar winners = rows.sum("winners", wins);
  RowScalar active = rows.define("active", [=](const Expr &row) {
    return select(hinge.distance(row) > 0.0f, 1.0f, 0.0f);
  });
  return [=](const Expr &c, const Expr &row) {
    Expr y = o.target(c, row);
    return active(row) * ((1 - y) * wins(c, row) / winners(row) - y);
  };
}

struct RowLoss {
  const char *name;
  RowScalar (*value)(const LossParameters &, const LossOperands &,
                     RowStatisticsBuilder &);
  RowElement (*derivative)(const LossParameters &, const LossOperands &,
                           RowStatisticsBuilder &);
};

const RowLoss rowLosses[] = {
    {"categorical_crossentropy",
     [](const LossParameters &p, const LossOperands &o,
        RowStatisticsBuilder &rows) { return crossEntropy(p, o, rows, false); },
     [](const LossParameters &p, const LossOperands &o,
        RowStatisticsBuilder &rows) {
       return crossEntropyDerivative(p, o, rows, false);
     }},
    {"categorical_focal_crossentropy",
     [](const LossParameters &p, const LossOperands &o,
        RowStatisticsBuilder &rows) { return crossEntropy(p, o, rows, true); },
     [](const LossParameters &p, const LossOperands &o,
        RowStatisticsBuilder &rows) {
       return crossEntropyDerivative(p, o, rows, true);
     }},
    {"categorical_hinge",
     [](const LossParameters &, const LossOperands &o,
        RowStatisticsBuilder &rows) {
       return CategoricalHinge(o, rows).distance;
     },
     [](const LossParameters &, const LossOperands &o,
        RowStatisticsBuilder &rows) {
       return categoricalHingeDerivative(o, rows);
     }},
};

template <typename Losses>
auto find(const Losses &losses, const std::string &name)
    -> decltype(&losses[0]) {
  for (const auto &loss : losses)
    if (name == loss.name)
      return &loss;
  return nullptr;
}
} // namespace

std::vector<std::string> lossNames() {
  std::vector<std::string> names;
  for (const MeanLoss &loss : meanLosses)
    names.push_back(loss.name);
  for (const RowLoss &loss : rowLosses)
    names.push_back(loss.name);
  return names;
}

RowScalar lossOfRow(const Node &node, const LossOperands &o,
                    RowStatisticsBuilder &rows) {
  LossParameters p(node);
  std::string function = textAttribute(node, "function", "");
  if (const RowLoss *loss = find(rowLosses, function))
    return loss->value(p, o, rows);
  const MeanLoss *loss = find(meanLosses, function);
  if (!loss)
    throw NotApplicable(fmt::format("loss: unknown function '{}'", function));
  RowScalar sum = rows.sum("row_loss", [=](const Expr &c, const Expr &row) {
    return loss->value(p, o.scores.at({c, row}), o.target(c, row));
  });
  float share = 1 / static_cast<float>(o.classes());
  return [=](const Expr &row) { return sum(row) * share; };
}

RowElement derivativeOfRow(const Node &node, const LossOperands &o,
                           RowStatisticsBuilder &rows) {
  LossParameters p(node);
  std::string function = textAttribute(node, "function", "");
  if (const RowLoss *loss = find(rowLosses, function))
    return loss->derivative(p, o, rows);
  const MeanLoss *loss = find(meanLosses, function);
  if (!loss)
    throw NotApplicable(fmt::format("loss: unknown function '{}'", function));
  float share = 1 / static_cast<float>(o.classes());
  return [=](const Expr &c, const Expr &row) {
    return loss->derivative(p, o.scores.at({c, row}), o.target(c, row)) * share;
  };
}

} // namespace lathe::kernels
