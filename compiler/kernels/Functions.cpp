//===- Functions.cpp - Functions of elements of any type -----------------===//
//
// math, combine, compare, select and cast: elementwise, on floats, integers and
// truth values, which are bytes of 0 and 1.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/FunctionNames.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/VectorMath.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
Expr truth(const Expr &condition) { return cast<uint8_t>(condition); }

/// Of zeros and NaN, themselves.
Expr sign(const Expr &x) {
  Expr zero = Internal::make_zero(x.type()), one = Internal::make_one(x.type());
  return select(x > zero, one, x < zero, zero - one, x);
}

/// erf(x) = 2 Phi(x sqrt 2) - 1; near 0, where the difference cancels, its
/// series.
Expr errorFunction(const Expr &x) {
  Expr square = x * x;
  Expr series =
      x * (1.12837917f +
           square * (-0.376126389f +
                     square * (0.112837917f + square * -0.0268661706f)));
  Expr far = 2.0f * vectorNormalDistribution(x * 1.41421356f) - 1.0f;
  return select(abs(x) < 0.25f, series, far);
}

//===----------------------------------------------------------------------===//
// One element
//===----------------------------------------------------------------------===//

struct MathRow {
  const char *function;
  enum { Numbers, Floats, Truths } of;
  Expr (*compute)(const Expr &x);
};
const MathRow mathRows[] = {
    {"abs", MathRow::Numbers,
     [](const Expr &x) { return cast(x.type(), abs(x)); }},
    {"ceil", MathRow::Floats, [](const Expr &x) { return ceil(x); }},
    {"cos", MathRow::Floats, [](const Expr &x) { return cos(x); }},
    {"erf", MathRow::Floats, errorFunction},
    {"floor", MathRow::Floats, [](const Expr &x) { return floor(x); }},
    {"log", MathRow::Floats, vectorLogOfAny},
    {"negate", MathRow::Numbers, [](const Expr &x) { return -x; }},
    {"not", MathRow::Truths, [](const Expr &x) { return truth(x == 0); }},
    {"reciprocal", MathRow::Floats, [](const Expr &x) { return 1.0f / x; }},
    {"round", MathRow::Floats, [](const Expr &x) { return round(x); }},
    {"sign", MathRow::Numbers, sign},
    {"sin", MathRow::Floats, [](const Expr &x) { return sin(x); }},
    {"sqrt", MathRow::Floats, [](const Expr &x) { return sqrt(x); }},
};

//===----------------------------------------------------------------------===//
// Two elements
//===----------------------------------------------------------------------===//

/// base^exponent of integers: squares of the base for the exponent's bits.
/// Powers with exponents above 63 are those of 0, 1 and -1, or overflow; those
/// with negative ones are 0 but for 1 and -1.
Expr integerPower(const Expr &base, const Expr &exponent) {
  Expr one = Internal::make_one(base.type()),
       zero = Internal::make_zero(base.type());
  Expr result = one, square = base;
  for (int bit = 0; bit < 6; ++bit) {
    result = select(((exponent >> bit) & 1) != 0, result * square, result);
    square = square * square;
  }
  Expr alternating = select((exponent & 1) != 0, base, one);
  Expr unit = base == one || base == zero - one;
  return select(unit, select(base == one, one, alternating),
                exponent<0, zero, exponent> 63, zero, result);
}

Expr power(const Expr &base, const Expr &exponent) {
  if (base.type() == Float(32))
    return vectorPower(base, cast<float>(exponent));
  if (exponent.type().is_float())
    return cast(base.type(), pow(cast<double>(base), cast<double>(exponent)));
  return integerPower(base, cast(base.type(), exponent));
}

Expr divide(const Expr &a, const Expr &b) {
  return a.type().is_float() ? a / b : div_round_to_zero(a, b);
}

/// a - floor(a/b)·b.
Expr remainder(const Expr &a, const Expr &b) {
  if (a.type().is_float()) {
    Expr same = (a < 0.0f) == (b < 0.0f) || a == 0.0f;
    return select(isInfinite(b) && !isInfinite(a) && !isNaN(a),
                  select(same, a, b), a - floor(a / b) * b);
  }
  Expr rest = mod_round_to_zero(a, b), zero = Internal::make_zero(a.type());
  return select(rest != zero && (rest < zero) != (b < zero), rest + b, rest);
}

struct CombineRow {
  const char *function;
  Expr (*compute)(const Expr &a, const Expr &b);
};
const CombineRow combineRows[] = {
    {"and",
     [](const Expr &a, const Expr &b) { return truth(a != 0 && b != 0); }},
    {"divide", divide},
    {"or",
     [](const Expr &a, const Expr &b) { return truth(a != 0 || b != 0); }},
    {"power", power},
    {"remainder", remainder},
    {"xor",
     [](const Expr &a, const Expr &b) { return truth((a != 0) != (b != 0)); }},
};
const CombineRow compareRows[] = {
    {"eq", [](const Expr &a, const Expr &b) { return truth(a == b); }},
    {"ge", [](const Expr &a, const Expr &b) { return truth(atMost(b, a)); }},
    {"gt", [](const Expr &a, const Expr &b) { return truth(a > b); }},
    {"le", [](const Expr &a, const Expr &b) { return truth(atMost(a, b)); }},
    {"lt", [](const Expr &a, const Expr &b) { return truth(a < b); }},
    {"ne", [](const Expr &a, const Expr &b) { return truth(differs(a, b)); }},
};

template <typename Row, size_t size>
const Row &find(const Row (&rows)[size], const Node &node,
                const char *attribute) {
  std::string function = textAttribute(node, attribute, "");
  for (const Row &row : rows)
    if (function == row.function)
      return row;
  throw NotApplicable(
      fmt::format("{}: unknown {} '{}'", node.op, attribute, function));
}

std::vector<Value> operandsOf(const Builder &b, const Node &node,
                              size_t count) {
  if (node.operands.size() != count || node.results.size() != 1)
    throw NotApplicable(fmt::format("{} takes {} operands", node.op, count));
  std::vector<Value> operands;
  for (size_t i = 0; i < count; ++i)
    operands.push_back(broadcastTo(b.operand(node, i), node.results[0]));
  return operands;
}

void buildPair(Builder &b, const Node &node, int firstResult,
               const CombineRow &row) {
  std::vector<Value> x = operandsOf(b, node, 2);
  b.values[firstResult].at = [=, &row](const Index &i) {
    return row.compute(x[0].at(i), x[1].at(i));
  };
}
} // namespace

std::vector<std::string> mathNames() {
  std::vector<std::string> names;
  for (const auto &row : mathRows)
    names.push_back(row.function);
  return names;
}

std::vector<std::string> combinationNames() {
  std::vector<std::string> names;
  for (const auto &row : combineRows)
    names.push_back(row.function);
  return names;
}

std::vector<std::string> comparisonNames() {
  std::vector<std::string> names;
  for (const auto &row : compareRows)
    names.push_back(row.function);
  return names;
}

void buildMath(Builder &b, const Node &node, int firstResult) {
  std::vector<Value> x = operandsOf(b, node, 1);
  const MathRow &row = find(mathRows, node, "function");
  ElementType type = x[0].type.element;
  bool fits = row.of == MathRow::Floats   ? isFloat(type)
              : row.of == MathRow::Truths ? type == ElementType::U8
                                          : type != ElementType::U8;
  if (!fits)
    throw NotApplicable(
        fmt::format("math: {} does not take such elements", row.function));
  b.values[firstResult].at = [=, &row](const Index &i) {
    return row.compute(x[0].at(i));
  };
}

void buildCombine(Builder &b, const Node &node, int firstResult) {
  buildPair(b, node, firstResult, find(combineRows, node, "function"));
}

/// x with itself: Halide takes every float to equal itself.
static void buildSelfComparison(Builder &b, const Node &node, int firstResult) {
  std::string predicate = textAttribute(node, "predicate", "");
  bool ofNumbers = predicate == "eq" || predicate == "ge" || predicate == "le";
  bool ofNaN = predicate == "ne";
  Value x = operandsOf(b, node, 2)[0];
  b.values[firstResult].at = [=](const Index &i) {
    return select(isNaN(x.at(i)), cast<uint8_t>(ofNaN),
                  cast<uint8_t>(ofNumbers));
  };
}

void buildCompare(Builder &b, const Node &node, int firstResult) {
  const CombineRow &row = find(compareRows, node, "predicate");
  if (node.operands.size() == 2 && node.operands[0] == node.operands[1] &&
      b.operand(node, 0).type.element == ElementType::F32)
    buildSelfComparison(b, node, firstResult);
  else
    buildPair(b, node, firstResult, row);
}

void buildSelect(Builder &b, const Node &node, int firstResult) {
  std::vector<Value> x = operandsOf(b, node, 3);
  b.values[firstResult].at = [=](const Index &i) {
    return select(x[0].at(i) != 0, x[1].at(i), x[2].at(i));
  };
}

void buildCast(Builder &b, const Node &node, int firstResult) {
  std::vector<Value> x = operandsOf(b, node, 1);
  ElementType to = node.results[0].element;
  b.values[firstResult].at = [=](const Index &i) {
    Expr element = x[0].at(i);
    return to == ElementType::U8
               ? truth(differs(element, cast(element.type(), 0)))
               : cast(halideType(to), element);
  };
}

} // namespace lathe::kernels
