//===- Ieee.cpp - NaN, infinity and zero in kernels ----------------------===//

#include "compiler/kernels/Ieee.h"

using namespace Halide;
using namespace Halide::Internal;

namespace lathe::kernels {

static Expr opaque(const char *name, Type type, Expr a, Expr b) {
  Internal::match_types(a, b);
  return Call::make(type.with_lanes(a.type().lanes()), name, {a, b},
                    Call::PureExtern);
}

Expr ieeeMax(const Expr &a, const Expr &b) {
  return a.type().is_float() ? opaque(ieee::maximum, a.type(), a, b)
                             : max(a, b);
}
Expr ieeeMin(const Expr &a, const Expr &b) {
  return a.type().is_float() ? opaque(ieee::minimum, a.type(), a, b)
                             : min(a, b);
}
Expr ieeeClamp(const Expr &x, const Expr &low, const Expr &high) {
  return ieeeMin(ieeeMax(x, low), high);
}
Expr atMost(const Expr &a, const Expr &b) {
  return a.type().is_float() ? opaque(ieee::atMost, Bool(), a, b) : a <= b;
}
Expr differs(const Expr &a, const Expr &b) {
  return a.type().is_float() ? opaque(ieee::differs, Bool(), a, b) : a != b;
}
Expr unordered(const Expr &a, const Expr &b) {
  return opaque(ieee::unordered, Bool(), a, b);
}
Expr isInfinite(const Expr &x) {
  return (reinterpret<int32_t>(x) & 0x7fffffff) == 0x7f800000;
}
Expr keepNaN(const Expr &x, const Expr &result) {
  return select(isNaN(x), x, result);
}
Expr timesExactly(const Expr &x, float factor) {
  return factor == 0 ? strict_float(x * factor) : x * factor;
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

namespace {
/// What may be written twice.
bool isName(const Expr &e) { return e.as<Variable>() || is_const(e); }

Expr bitsOf(const Expr &x) {
  return reinterpret(Int(x.type().bits(), x.type().lanes()), x);
}

class ExpandIeee : public IRMutator {
public:
  explicit ExpandIeee(bool arm) : arm(arm) {}

private:
  using IRMutator::visit;
  /// ARM's own maximum is IEEE's.
  bool arm;
  int names = 0;

  /// An expression of named operands in which every operation is exact. What
  /// computes the operands stays outside.
  template <typename Make>
  Expr exactly(std::vector<Expr> operands, Make make) {
    std::vector<std::pair<std::string, Expr>> lets;
    for (Expr &operand : operands) {
      operand = mutate(operand);
      if (isName(operand))
        continue;
      lets.emplace_back("exact" + std::to_string(names++), operand);
      operand = Variable::make(operand.type(), lets.back().first);
    }
    Expr result = strict_float(make(operands));
    for (auto let = lets.rbegin(); let != lets.rend(); ++let)
      result = Let::make(let->first, let->second, result);
    return result;
  }

  /// What x86 computes in one instruction: b where they are unordered.
  template <typename Comparison>
  static Expr firstIf(const Expr &a, const Expr &b) {
    return Select::make(Comparison::make(a, b), a, b);
  }
  template <typename Extremum, typename Comparison>
  Expr extremum(const Expr &a, const Expr &b) {
    if (is_const(a))
      return extremum<Extremum, Comparison>(b, a);
    return exactly({a, b}, [&](const std::vector<Expr> &x) {
      if (arm)
        return Extremum::make(x[0], x[1]);
      if (is_const(x[1]))
        return Select::make(Comparison::make(x[1], x[0]), x[1], x[0]);
      // Each order returns its second operand where one is NaN, so that one of
      // the two is NaN, and so are both ORed.
      return reinterpret(x[0].type(),
                         bitsOf(firstIf<Comparison>(x[0], x[1])) |
                             bitsOf(firstIf<Comparison>(x[1], x[0])));
    });
  }
  /// By bits: Halide tells LLVM that no result of arithmetic is NaN, so that a
  /// comparison would be folded. Code generation makes comparisons of them.
  static Expr nanByBits(const Expr &x) {
    Type type = Int(x.type().bits(), x.type().lanes());
    bool wide = type.bits() == 64;
    return (bitsOf(x) & make_const(type, wide ? INT64_MAX : INT32_MAX)) >
           make_const(type, wide ? 0x7ff0000000000000 : 0x7f800000);
  }
  Expr visit(const Call *op) override {
    auto is = [&](const char *name) {
      return op->call_type == Call::PureExtern && op->name == name;
    };
    using Pair = const std::vector<Expr> &;
    if (is(ieee::maximum))
      return extremum<Max, GT>(op->args[0], op->args[1]);
    if (is(ieee::minimum))
      return extremum<Min, LT>(op->args[0], op->args[1]);
    if (is(ieee::atMost))
      return exactly(op->args, [](Pair x) { return orEqual<LT>(x[0], x[1]); });
    if (is(ieee::differs))
      return exactly(op->args, [](Pair x) { return notEqual(x[0], x[1]); });
    if (is(ieee::unordered) && equal(op->args[0], op->args[1]))
      return exactly({op->args[0]}, [](Pair x) { return nanByBits(x[0]); });
    if (is(ieee::unordered))
      return exactly(op->args,
                     [](Pair x) { return nanByBits(x[0]) || nanByBits(x[1]); });
    return IRMutator::visit(op);
  }

  template <typename Comparison>
  Expr compare(const Comparison *op, Expr (*make)(const Expr &, const Expr &)) {
    if (!op->a.type().is_float())
      return IRMutator::visit(op);
    return exactly({op->a, op->b}, [&](const std::vector<Expr> &x) {
      return make(x[0], x[1]);
    });
  }
  template <typename Comparison>
  static Expr plain(const Expr &a, const Expr &b) {
    return Comparison::make(a, b);
  }
  template <typename Comparison>
  static Expr orEqual(const Expr &a, const Expr &b) {
    // LLVM makes one comparison of them.
    return Or::make(Comparison::make(a, b), EQ::make(a, b));
  }
  static Expr notEqual(const Expr &a, const Expr &b) {
    return Not::make(EQ::make(a, b));
  }
  Expr visit(const LT *op) override { return compare(op, plain<LT>); }
  Expr visit(const GT *op) override { return compare(op, plain<GT>); }
  Expr visit(const EQ *op) override { return compare(op, plain<EQ>); }
  Expr visit(const LE *op) override { return compare(op, orEqual<LT>); }
  Expr visit(const GE *op) override { return compare(op, orEqual<GT>); }
  Expr visit(const NE *op) override { return compare(op, notEqual); }
  Expr visit(const Select *op) override {
    if (!op->type.is_float())
      return IRMutator::visit(op);
    return exactly({op->condition, op->true_value, op->false_value},
                   [](const std::vector<Expr> &x) {
                     return Select::make(x[0], x[1], x[2]);
                   });
  }
};
} // namespace

void expandIeee(Module &module) {
  ExpandIeee expand(module.target().arch == Target::ARM);
  for (LoweredFunc &function : module.functions())
    function.body = expand.mutate(function.body);
  // Each operation says how exact it is.
  module.set_any_strict_float(true);
}

} // namespace lathe::kernels
