//===- ReferenceFunctions.cpp - Functions of any elements, by naive loops -===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lathe::kernels::reference {

namespace {
double math(const std::string &f, double x) {
  if (f == "abs")
    return std::abs(x);
  if (f == "ceil")
    return std::ceil(x);
  if (f == "cos")
    return std::cos(x);
  if (f == "erf")
    return std::erf(x);
  if (f == "floor")
    return std::floor(x);
  if (f == "log")
    return std::log(x);
  if (f == "negate")
    return -x;
  if (f == "not")
    return x == 0;
  if (f == "reciprocal")
    return 1 / x;
  if (f == "round")
    return std::nearbyint(x);
  if (f == "sign")
    return sign(x);
  if (f == "sin")
    return std::sin(x);
  if (f == "sqrt")
    return std::sqrt(x);
  throw std::invalid_argument("unknown function " + f);
}

double combine(const std::string &f, double a, double b, bool isFloat) {
  if (f == "and")
    return a != 0 && b != 0;
  if (f == "divide")
    return isFloat ? a / b : std::trunc(a / b);
  if (f == "or")
    return a != 0 || b != 0;
  if (f == "power")
    return isFloat ? std::pow(a, b) : std::trunc(std::pow(a, b));
  if (f == "remainder" && std::isinf(b) && std::isfinite(a))
    return a == 0 || std::signbit(a) == std::signbit(b) ? a : b;
  if (f == "remainder")
    return a - std::floor(a / b) * b;
  if (f == "xor")
    return (a != 0) != (b != 0);
  throw std::invalid_argument("unknown function " + f);
}

bool holds(const std::string &p, double a, double b) {
  return p == "eq"   ? a == b
         : p == "ne" ? a != b
         : p == "ge" ? a >= b
         : p == "gt" ? a > b
         : p == "le" ? a <= b
                     : a < b;
}

double castTo(ElementType element, double x) {
  if (element == ElementType::U8)
    return x != 0;
  return element == ElementType::F32 ? static_cast<float>(x) : std::trunc(x);
}

/// Calls `body(element of the result, elements along the axis)` for
/// [outer, axis, inner].
template <typename Body>
void alongAxis(const Tensor &x, Tensor &r, Body &&body) {
  for (int64_t o = 0; o < x.shape[0]; ++o)
    for (int64_t i = 0; i < x.shape[2]; ++i) {
      std::vector<double> elements;
      for (int64_t k = 0; k < x.shape[1]; ++k)
        elements.push_back(x.at({o, k, i}));
      body(r.at({o, i}), elements);
    }
}

void reduce(const Node &node, const Tensor &x, Tensor &r) {
  std::string f = text(node, "function");
  alongAxis(x, r, [&](double &result, const std::vector<double> &elements) {
    result = elements[0];
    for (size_t k = 1; k < elements.size(); ++k)
      result = f == "sum"       ? result + elements[k]
               : f == "product" ? result * elements[k]
               : f == "maximum" ? larger(result, elements[k])
                                : smaller(result, elements[k]);
  });
}

void arg(const Node &node, const Tensor &x, Tensor &r) {
  bool least = text(node, "function") == "minimum",
       last = number(node, "last") != 0;
  alongAxis(x, r, [&](double &result, const std::vector<double> &elements) {
    // As in NumPy, NaN is better than all numbers.
    auto better = [&](double a, double b) {
      if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && (last || !std::isnan(b));
      return (least ? a < b : a > b) || (last && a == b);
    };
    size_t best = 0;
    for (size_t k = 1; k < elements.size(); ++k)
      if (better(elements[k], elements[best]))
        best = k;
    result = static_cast<double>(best);
  });
}

void gather(const Tensor &x, const Tensor &numbers, Tensor &r) {
  for (size_t flat = 0; flat < r.data.size(); ++flat) {
    std::vector<int64_t> i = indexOf(r.shape, flat);
    auto from = static_cast<int64_t>(numbers.data[i[1]]);
    from += from < 0 ? x.shape[1] : 0;
    from = std::clamp<int64_t>(from, 0, x.shape[1] - 1);
    r.data[flat] = x.at({i[0], from, i[2]});
  }
}
} // namespace

bool computeFunction(const Node &node, Operands x, Results r) {
  const std::string &op = node.op;
  if (op == "axis_reduce" || op == "axis_arg" || op == "gather") {
    if (op == "axis_reduce")
      reduce(node, *x[0], r[0]);
    else if (op == "axis_arg")
      arg(node, *x[0], r[0]);
    else
      gather(*x[0], *x[1], r[0]);
    return true;
  }
  if (op != "math" && op != "combine" && op != "compare" && op != "select" &&
      op != "cast")
    return false;
  for (size_t flat = 0; flat < r[0].data.size(); ++flat) {
    std::vector<int64_t> index = indexOf(r[0].shape, flat);
    auto at = [&](size_t operand) { return broadcastAt(*x[operand], index); };
    double &result = r[0].data[flat];
    if (op == "math")
      result = math(text(node, "function"), at(0));
    else if (op == "combine")
      result = combine(text(node, "function"), at(0), at(1),
                       node.results[0].element == ElementType::F32);
    else if (op == "compare")
      result = holds(text(node, "predicate"), at(0), at(1));
    else if (op == "select")
      result = at(0) != 0 ? at(1) : at(2);
    else
      result = castTo(node.results[0].element, at(0));
  }
  return true;
}

} // namespace lathe::kernels::reference
