//===- ReferenceOptimizers.cpp - Updates by naive loops ------------------===//
//
// Keras 3's formulas, element by element.
//
//===----------------------------------------------------------------------===//

#include "test/kernels/ReferenceOps.h"

#include <cmath>

namespace lathe::kernels::reference {

namespace {
using Update = void (*)(const Node &node, Operands x, Results r, size_t i,
                        double p, double g, double lr);

void sgd(const Node &node, Operands x, Results r, size_t i, double p, double g,
         double lr) {
  if (r.size() == 1) {
    r[0].data[i] = p - lr * g;
    return;
  }
  double momentum = number(node, "momentum"),
         v = momentum * x[2]->data[i] - lr * g;
  r[0].data[i] =
      p + (number(node, "nesterov") != 0 ? momentum * v - lr * g : v);
  r[1].data[i] = v;
}

void rmsprop(const Node &node, Operands x, Results r, size_t i, double p,
             double g, double lr) {
  double rho = number(node, "rho"), momentum = number(node, "momentum");
  double v = rho * x[2]->data[i] + (1 - rho) * g * g, denominator = v;
  size_t slot = 1;
  r[slot++].data[i] = v;
  if (number(node, "centered") != 0) {
    double a = rho * x[3]->data[i] + (1 - rho) * g;
    r[slot++].data[i] = a;
    denominator -= a * a;
  }
  double step = lr * g / std::sqrt(denominator + number(node, "epsilon"));
  if (momentum > 0) {
    step = momentum * x[slot + 1]->data[i] + step;
    r[slot].data[i] = step;
  }
  r[0].data[i] = p - step;
}

void adam(const Node &node, Operands x, Results r, size_t i, double p, double g,
          double lr) {
  double beta1 = number(node, "beta_1"), beta2 = number(node, "beta_2"),
         t = x[5]->data[0] + 1;
  double alpha =
      lr * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
  double m = x[2]->data[i] + (g - x[2]->data[i]) * (1 - beta1);
  double v = x[3]->data[i] + (g * g - x[3]->data[i]) * (1 - beta2);
  r[0].data[i] = p - alpha * m / (std::sqrt(v) + number(node, "epsilon"));
  if (number(node, "nesterov") != 0) {
    auto u = [&](double step) {
      return beta1 * (1 - 0.5 * std::pow(0.96, step));
    };
    double product = 1;
    for (double step = 1; step <= t; ++step)
      product *= u(step);
    double mean = u(t + 1) * m / (1 - product * u(t + 1)) +
                  (1 - u(t)) * g / (1 - product);
    r[0].data[i] = p - lr * mean /
                           (std::sqrt(v / (1 - std::pow(beta2, t))) +
                            number(node, "epsilon"));
  }
  r[1].data[i] = m;
  r[2].data[i] = v;
}

void adagrad(const Node &node, Operands x, Results r, size_t i, double p,
             double g, double lr) {
  double a = x[2]->data[i] + g * g;
  r[0].data[i] = p - lr * g / std::sqrt(a + number(node, "epsilon"));
  r[1].data[i] = a;
}

void lion(const Node &node, Operands x, Results r, size_t i, double p, double g,
          double lr) {
  double beta1 = number(node, "beta_1"), beta2 = number(node, "beta_2"),
         m = x[2]->data[i];
  r[0].data[i] = p - lr * sign(beta1 * m + (1 - beta1) * g);
  r[1].data[i] = beta2 * m + (1 - beta2) * g;
}

const std::pair<const char *, Update> updates[] = {{"adagrad_update", adagrad},
                                                   {"adam_update", adam},
                                                   {"lion_update", lion},
                                                   {"rmsprop_update", rmsprop},
                                                   {"sgd_update", sgd}};
} // namespace

bool computeUpdate(const Node &node, Operands x, Results r) {
  if (node.op == "squared_norm" || node.op == "absolute_sum") {
    for (double value : x[0]->data)
      r[0].data[0] +=
          node.op == "squared_norm" ? value * value : std::fabs(value);
    return true;
  }
  if (node.op == "regularize") {
    double l1 = number(node, "l1"), l2 = number(node, "l2");
    for (size_t i = 0; i < r[0].data.size(); ++i) {
      double p = x[1]->data[i];
      r[0].data[i] = x[0]->data[i] + l1 * sign(p) + (l2 == 0 ? 0 : 2 * l2 * p);
    }
    return true;
  }
  for (auto [op, update] : updates)
    if (node.op == op) {
      double lr = x[1 + r.size()]->data[0]; // after the slots
      double decay = number(node, "weight_decay");
      for (size_t i = 0; i < r[0].data.size(); ++i)
        update(node, x, r, i,
               decay == 0 ? x[0]->data[i] : x[0]->data[i] * (1 - lr * decay),
               x[1]->data[i], lr);
      return true;
    }
  return false;
}

} // namespace lathe::kernels::reference
