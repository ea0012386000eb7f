//===- ReferenceLoss.cpp - Losses by naive loops -------------------------===//
//
// Keras 3's formulas, row by row. Gradients are central differences of the
// losses.
//
//===----------------------------------------------------------------------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lathe::kernels::reference {

namespace {
using Row = std::vector<double>;

/// Keras clips in float.
double clip(double p) {
  return between(p, static_cast<double>(1e-7f), static_cast<double>(1 - 1e-7f));
}
double sum(const Row &x) {
  double result = 0;
  for (double value : x)
    result += value;
  return result;
}

double largestOf(const Row &s) {
  double largest = -INFINITY;
  for (double value : s)
    largest = larger(largest, value);
  return largest;
}

Row softmax(const Row &s) {
  double largest = largestOf(s);
  Row p;
  for (double value : s)
    p.push_back(std::exp(value - largest));
  double all = sum(p);
  for (double &value : p)
    value /= all;
  return p;
}

double categorical(const Node &node, const Row &s, const Row &target) {
  bool focal = text(node, "function") == "categorical_focal_crossentropy";
  bool logits = number(node, "from_logits") != 0;
  double smoothing = number(node, "label_smoothing"),
         classes = static_cast<double>(s.size()), loss = 0;
  Row q = logits ? softmax(s) : s;
  double all = logits ? 1 : sum(s);
  double largest = largestOf(s), exponentials = 0;
  for (double value : s)
    exponentials += std::exp(value - largest);
  for (size_t c = 0; c < s.size(); ++c) {
    double y = target[c] * (1 - smoothing) + smoothing / classes;
    double p = clip(q[c] / all), logarithm = std::log(p);
    if (logits && !focal)
      logarithm = s[c] - largest - std::log(exponentials);
    double factor = focal ? number(node, "alpha", 0.25) *
                                std::pow(1 - p, number(node, "gamma", 2))
                          : 1;
    loss -= factor * y * logarithm;
  }
  return loss;
}

double binary(const Node &node, const Row &s, const Row &target) {
  bool focal = text(node, "function") == "binary_focal_crossentropy";
  bool logits = number(node, "from_logits") != 0;
  double smoothing = number(node, "label_smoothing"), loss = 0;
  for (size_t c = 0; c < s.size(); ++c) {
    double y = target[c] * (1 - smoothing) + 0.5 * smoothing;
    if (logits && !focal) {
      loss +=
          larger(s[c], 0) - s[c] * y + std::log1p(std::exp(-std::fabs(s[c])));
      continue;
    }
    double free = logits ? 1 / (1 + std::exp(-s[c])) : s[c], p = clip(free);
    double entropy = -y * std::log(p) - (1 - y) * std::log(1 - p);
    double alpha = number(node, "alpha", 0.25);
    if (focal)
      entropy *= std::pow(1 - (y * free + (1 - y) * (1 - free)),
                          number(node, "gamma", 2));
    if (focal && number(node, "apply_class_balancing") != 0)
      entropy *= y * alpha + (1 - y) * (1 - alpha);
    loss += entropy;
  }
  return loss / static_cast<double>(s.size());
}

double rowLoss(const Node &node, const Row &s, const Row &target) {
  std::string function = text(node, "function");
  if (function.rfind("categorical_", 0) == 0 && function != "categorical_hinge")
    return categorical(node, s, target);
  if (function.rfind("binary_", 0) == 0)
    return binary(node, s, target);
  if (function == "categorical_hinge") {
    double pos = 0, neg = -INFINITY;
    for (size_t c = 0; c < s.size(); ++c) {
      pos += target[c] * s[c];
      neg = larger(neg, (1 - target[c]) * s[c]);
    }
    return larger(neg - pos + 1, 0);
  }
  double loss = 0;
  for (size_t c = 0; c < s.size(); ++c) {
    double hinge = larger(1 - (2 * target[c] - 1) * s[c], 0),
           distance = s[c] - target[c];
    loss += function == "hinge"                ? hinge
            : function == "squared_hinge"      ? hinge * hinge
            : function == "mean_squared_error" ? distance * distance
            : function == "mean_absolute_error"
                ? std::fabs(distance)
                : throw std::invalid_argument(function);
  }
  return loss / static_cast<double>(s.size());
}

Row rowOf(const Tensor &x, int64_t i) {
  int64_t classes = x.shape[1];
  return Row(x.data.begin() + i * classes, x.data.begin() + (i + 1) * classes);
}

Row oneHot(double label, size_t classes) {
  Row target(classes);
  target.at(static_cast<size_t>(label)) = 1;
  return target;
}

Row targetOf(const Tensor &labels, int64_t i, int64_t classes) {
  if (labels.shape.size() == 2)
    return rowOf(labels, i);
  if (classes == 1)
    return {labels.data[i]};
  return oneHot(labels.data[i], static_cast<size_t>(classes));
}

/// The weight of a row in the sum: class weight, sample weight and seed over n.
/// A vector of n numbers holds sample weights; tests have no n classes.
double factorOf(Operands x, int64_t i) {
  int64_t n = x[0]->shape[0];
  double factor = 1 / static_cast<double>(n);
  for (size_t k = 2; k < x.size(); ++k) {
    const Tensor &weights = *x[k];
    int64_t at = weights.shape.empty() ? 0
                 : weights.shape.at(0) == n
                     ? i
                     : static_cast<int64_t>(x[1]->data[i]);
    factor *= weights.data.at(static_cast<size_t>(at));
  }
  return factor;
}

/// Calls `body(row, scores, target, factor)`.
template <typename Body>
void forRows(Operands x, Body &&body) {
  for (int64_t i = 0; i < x[0]->shape[0]; ++i)
    body(i, rowOf(*x[0], i), targetOf(*x[1], i, x[0]->shape[1]),
         factorOf(x, i));
}

/// softmax_cross_entropy as the loss function that it is.
Node onLogits(const Node &node) {
  Node loss = node;
  loss.attributes["function"] = std::string("categorical_crossentropy");
  loss.attributes["from_logits"] = int64_t{1};
  return loss;
}

void countCorrect(const Node &node, Operands x, Results r) {
  bool agreeing = node.attributes.count("threshold");
  forRows(x, [&](int64_t i, const Row &s, const Row &target, double) {
    bool nan = std::isnan(largestOf(s)); // never right
    if (!agreeing && !nan) {
      int64_t best = std::max_element(s.begin(), s.end()) - s.begin();
      r[0].data[0] += best == static_cast<int64_t>(x[1]->data[i]);
    }
    for (size_t c = 0; agreeing && c < s.size(); ++c)
      r[0].data[0] += !std::isnan(s[c]) &&
                      (s[c] > number(node, "threshold")) == (target[c] == 1);
  });
}
} // namespace

bool computeLoss(const Node &node, Operands x, Results r) {
  const std::string &op = node.op;
  if (op == "loss") {
    forRows(x, [&](int64_t, const Row &s, const Row &target, double factor) {
      r[0].data[0] += factor * rowLoss(node, s, target);
    });
  } else if (op == "loss_backward") {
    forRows(x, [&](int64_t i, Row s, const Row &target, double factor) {
      for (size_t c = 0; c < s.size(); ++c) {
        double step = 1e-8, at = s[c];
        s[c] = at + step;
        double above = rowLoss(node, s, target);
        s[c] = at - step;
        double below = rowLoss(node, s, target);
        s[c] = at;
        r[0].at({i, static_cast<int64_t>(c)}) =
            factor * (above - below) / (2 * step);
      }
    });
  } else if (op == "softmax_cross_entropy") {
    Node loss = onLogits(node);
    forRows(x, [&](int64_t i, const Row &s, const Row &, double factor) {
      r[0].data[0] +=
          factor * rowLoss(loss, s, oneHot(x[1]->data[i], s.size()));
      Row p = softmax(s);
      std::copy(p.begin(), p.end(), r[1].data.begin() + i * s.size());
    });
  } else if (op == "softmax_cross_entropy_backward") {
    double smoothing = number(node, "label_smoothing");
    forRows(x, [&](int64_t i, const Row &p, const Row &, double factor) {
      Row target = oneHot(x[1]->data[i], p.size());
      for (size_t c = 0; c < p.size(); ++c)
        r[0].at({i, static_cast<int64_t>(c)}) =
            factor * (p[c] - target[c] * (1 - smoothing) -
                      smoothing / static_cast<double>(p.size()));
    });
  } else if (op == "count_correct") {
    countCorrect(node, x, r);
  } else {
    return false;
  }
  return true;
}

} // namespace lathe::kernels::reference
