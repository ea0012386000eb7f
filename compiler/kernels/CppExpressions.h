//===- CppExpressions.h - Lowered expressions as C++ ------------*- C++ -*-===//
//
// The half of the C++ emitter that prints values. Expressions stay whole, so
// that a compiler contracts a product and a sum to one FMA as Halide's own back
// end does.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_CPPEXPRESSIONS_H
#define LATHE_COMPILER_KERNELS_CPPEXPRESSIONS_H

#include "compiler/kernels/CppEmitter.h"
#include "compiler/kernels/Ieee.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

namespace lathe::kernels {

/// Included by CppEmitter.cpp alone.
namespace {
using namespace Halide;
using namespace Halide::Internal;

class CppExpressions : public IRVisitor {
public:
  explicit CppExpressions(CppPrelude &prelude) : prelude(prelude) {}

  std::string text;

  /// Binds a name of Halide's to a fresh C++ name.
  std::string bind(const std::string &halideName) {
    std::string base = halideName.substr(halideName.rfind('.') + 1);
    base = base.substr(0, base.find('$'));
    if (!base.empty() &&
        base.find_first_not_of("0123456789") == std::string::npos)
      base = halideName.substr(0, halideName.find_first_of("$.")) +
             base; // of a Tuple
    bool plain =
        !base.empty() && std::isalpha(static_cast<unsigned char>(base[0])) &&
        base.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") ==
            std::string::npos;
    // Names with Halide's counters in them would change from run to run.
    bool generated =
        plain && base.size() > 1 &&
        base.find_first_not_of("0123456789", 1) == std::string::npos;
    if (!plain || generated)
      base = generated ? std::string(1, base[0]) : "v";
    std::string fresh = base;
    while (!taken.insert(fresh).second || fresh == "n_")
      fresh = fmt::format("{}_{}", base, ++counters[base]);
    names[halideName] = fresh;
    return fresh;
  }
  /// The same for a parameter, which the statement itself defines again.
  std::string bindArgument(const std::string &halideName) {
    arguments.insert(halideName);
    return bind(halideName);
  }
  void line(const std::string &words) {
    text += std::string(2 * depth, ' ') + words + "\n";
  }
  int depth = 1;

protected:
  using IRVisitor::visit;
  CppPrelude &prelude;
  std::map<std::string, std::string> names;
  std::set<std::string> arguments;
  std::set<std::string> taken = {"n_",    "closure_", "index_", "int",
                                 "float", "double",   "max",    "min"};
  std::map<std::string, int> counters;
  std::map<std::string, int> vectorScratch; ///< lanes of arrays of vectors
  std::string result;

  std::string print(const Expr &e) {
    e.accept(this);
    return std::move(result);
  }
  std::string nameOf(const std::string &halideName) {
    auto it = names.find(halideName);
    if (it == names.end())
      throw NotApplicable("C++: the name " + halideName + " is not bound");
    return it->second;
  }
  [[noreturn]] void unsupported(const std::string &what) {
    throw NotApplicable("C++: no translation of " + what);
  }

  void visit(const IntImm *op) override {
    if (op->type.bits() == 64)
      result = fmt::format("int64_t({}{})", op->value,
                           op->value == INT64_MIN ? "" : "LL");
    else
      result = op->value < 0 ? fmt::format("({})", op->value)
                             : fmt::format("{}", op->value);
    if (op->type.bits() < 32)
      result = fmt::format("{}({})", prelude.name(op->type), op->value);
  }
  void visit(const UIntImm *op) override {
    if (op->type.is_bool())
      result = op->value ? "true" : "false";
    else
      result = fmt::format("{}({}u{})", prelude.name(op->type), op->value,
                           op->type.bits() == 64 ? "ll" : "");
  }
  void visit(const FloatImm *op) override {
    bool isDouble = op->type.bits() == 64;
    if (std::isinf(op->value))
      result = fmt::format("({}__builtin_inf{}())", op->value < 0 ? "-" : "",
                           isDouble ? "" : "f");
    else if (std::isnan(op->value))
      result = fmt::format("__builtin_nan{}(\"\")", isDouble ? "" : "f");
    else {
      // The shortest text that reads back as the same value.
      result = isDouble ? fmt::format("{}", op->value)
                        : fmt::format("{}", static_cast<float>(op->value));
      if (result.find_first_of(".e") == std::string::npos)
        result += ".0";
      result += isDouble ? "" : "f";
      if (op->value < 0)
        result = "(" + result + ")";
    }
  }
  void visit(const StringImm *) override { unsupported("a string"); }
  void visit(const Variable *op) override { result = nameOf(op->name); }

  void visit(const Cast *op) override {
    std::string value = print(op->value), type = prelude.name(op->type);
    if (op->type.is_scalar())
      result = fmt::format("{}({})", type, value);
    else if (op->value.type().is_bool()) // a mask: all ones are minus one
      result = fmt::format("__builtin_convertvector({} & 1, {})", value, type);
    else
      result = fmt::format("__builtin_convertvector({}, {})", value, type);
  }
  void binary(const Expr &a, const char *operation, const Expr &b) {
    std::string left = print(a), right = print(b);
    result = fmt::format("({} {} {})", left, operation, right);
  }
  void helper(const char *operation, const Expr &a, const Expr &b) {
    std::string left = print(a), right = print(b);
    result = fmt::format("{}({}, {})", prelude.helper(operation, a.type()),
                         left, right);
  }
  void visit(const Add *op) override { binary(op->a, "+", op->b); }
  void visit(const Sub *op) override { binary(op->a, "-", op->b); }
  void visit(const Mul *op) override { binary(op->a, "*", op->b); }
  void visit(const Div *op) override {
    if (op->type.is_int())
      helper("floor_div", op->a, op->b);
    else
      binary(op->a, "/", op->b);
  }
  void visit(const Mod *op) override {
    if (op->type.is_int())
      helper("floor_mod", op->a, op->b);
    else
      binary(op->a, "%", op->b);
  }
  void visit(const Min *op) override { helper("min", op->a, op->b); }
  void visit(const Max *op) override { helper("max", op->a, op->b); }
  /// Comparisons of vectors give masks as wide as their operands; ours are 32
  /// bits wide.
  void compare(const Expr &a, const char *operation, const Expr &b) {
    binary(a, operation, b);
    Type type = a.type();
    if (type.is_vector() && type.bits() != 32)
      result = fmt::format("__builtin_convertvector({}, {})", result,
                           prelude.name(Int(32, type.lanes())));
  }
  void visit(const EQ *op) override { compare(op->a, "==", op->b); }
  void visit(const NE *op) override { compare(op->a, "!=", op->b); }
  void visit(const LT *op) override { compare(op->a, "<", op->b); }
  void visit(const LE *op) override { compare(op->a, "<=", op->b); }
  void visit(const GT *op) override { compare(op->a, ">", op->b); }
  void visit(const GE *op) override { compare(op->a, ">=", op->b); }
  void visit(const And *op) override {
    binary(op->a, op->type.is_scalar() ? "&&" : "&", op->b);
  }
  void visit(const Or *op) override {
    binary(op->a, op->type.is_scalar() ? "||" : "|", op->b);
  }
  void visit(const Not *op) override {
    result = (op->type.is_scalar() ? "!" : "~") + print(op->a);
  }
  void visit(const Select *op) override {
    std::string condition = print(op->condition);
    std::string yes = print(op->true_value), no = print(op->false_value);
    if (op->type.is_vector() && op->condition.type().is_vector() &&
        op->type.bits() != 32)
      condition =
          fmt::format("__builtin_convertvector({}, {})", condition,
                      prelude.name(Int(op->type.bits(), op->type.lanes())));
    result = fmt::format("({} ? {} : {})", condition, yes, no);
  }
  void visit(const Broadcast *op) override {
    if (op->value.type().is_vector())
      unsupported("a broadcast of vectors");
    std::string value = print(op->value);
    if (op->value.type().is_bool())
      value = "-int32_t(" + value + ")";
    Type type = op->type.is_bool() ? Int(32, op->lanes) : op->type;
    result = fmt::format("{}({})", prelude.helper("splat", type), value);
  }
  void visit(const Ramp *op) override {
    if (op->base.type().is_vector())
      unsupported("a ramp of vectors");
    std::string base = print(op->base), stride = print(op->stride);
    result = fmt::format("{}({}, {})", prelude.helper("ramp", op->type), base,
                         stride);
  }

  void visit(const Load *op) override {
    if (!is_const_one(op->predicate))
      return loadLanes(op);
    std::string buffer = nameOf(op->name);
    const Ramp *ramp = op->index.as<Ramp>();
    auto array = vectorScratch.find(op->name);
    if (array != vectorScratch.end())
      result = fmt::format("{}[{}]", buffer,
                           *as_const_int(ramp->base) / array->second);
    else if (op->type.is_scalar())
      result = fmt::format("{}[{}]", buffer, print(op->index));
    else if (ramp && is_const_one(ramp->stride))
      result = fmt::format("{}({} + {})", prelude.helper("load", op->type),
                           buffer, print(ramp->base));
    else
      loadLanes(op);
  }
  /// Element by element; those that the predicate does not name are 0.
  void loadLanes(const Load *op) {
    std::string buffer = nameOf(op->name), index = print(op->index), list;
    bool isMasked = !is_const_one(op->predicate);
    std::string mask = isMasked ? print(op->predicate) : "";
    for (int lane = 0; lane < op->type.lanes(); ++lane) {
      std::string element = fmt::format("{}[{}[{}]]", buffer, index, lane);
      if (isMasked)
        element = fmt::format("({}[{}] ? {} : 0)", mask, lane, element);
      list += (lane ? ", " : "") + element;
    }
    result = fmt::format("{}{{{}}}", prelude.name(op->type), list);
  }
  /// The helpers `max` and `min` return their second operand where one is NaN.
  void extremum(const char *exact, const char *ofConstant, const Call *op) {
    const Expr &a = op->args[0], &b = op->args[1];
    if (is_const(b))
      helper(ofConstant, b, a);
    else
      helper(is_const(a) ? ofConstant : exact, a, b);
  }
  void visit(const Call *op) override {
    auto is = [&](const char *name) { return op->name == name; };
    if (is(ieee::maximum))
      return extremum("maximum", "max", op);
    if (is(ieee::minimum))
      return extremum("minimum", "min", op);
    if (is(ieee::atMost))
      return compare(op->args[0], "<=", op->args[1]);
    if (is(ieee::differs))
      return compare(op->args[0], "!=", op->args[1]);
    if (is(ieee::unordered)) {
      if (op->args[0].type().bits() != 32)
        unsupported("a search for NaN in doubles");
      return helper("unordered", op->args[0], op->args[1]);
    }
    if (op->is_intrinsic(Call::bitwise_and))
      binary(op->args[0], "&", op->args[1]);
    else if (op->is_intrinsic(Call::bitwise_or))
      binary(op->args[0], "|", op->args[1]);
    else if (op->is_intrinsic(Call::bitwise_xor))
      binary(op->args[0], "^", op->args[1]);
    else if (op->is_intrinsic(Call::bitwise_not))
      result = "~" + print(op->args[0]);
    else if (op->is_intrinsic(Call::shift_left) ||
             op->is_intrinsic(Call::shift_right)) {
      std::string value = print(op->args[0]), bits = print(op->args[1]);
      if (op->type.is_vector() && op->args[1].type() != op->type)
        bits = fmt::format("({}){}", prelude.name(op->type), bits);
      result =
          fmt::format("({} {} {})", value,
                      op->is_intrinsic(Call::shift_left) ? "<<" : ">>", bits);
    } else if (op->is_intrinsic(Call::rounding_shift_right) ||
               op->is_intrinsic(Call::rounding_halving_add) ||
               op->is_intrinsic(Call::widening_mul)) {
      result = print(lower_intrinsic(op));
    } else if (op->is_intrinsic(Call::reinterpret)) {
      std::string value = print(op->args[0]);
      result = op->type.is_vector()
                   ? fmt::format("(({}){})", prelude.name(op->type), value)
                   : fmt::format("{}({})", prelude.helper("bits_as", op->type),
                                 value);
    } else if (op->is_intrinsic(Call::likely) ||
               op->is_intrinsic(Call::likely_if_innermost) ||
               op->is_intrinsic(Call::strict_float))
      result = print(op->args[0]);
    else if (op->is_intrinsic(Call::abs) && op->type.is_float())
      result = fmt::format("{}({})", prelude.helper("abs", op->type),
                           print(op->args[0]));
    else if (is("floor_f32") || is("floor_f64"))
      result = fmt::format("{}({})", prelude.helper("floor", op->type),
                           print(op->args[0]));
    else if (is("ceil_f32") || is("cos_f32") || is("round_f32") ||
             is("sin_f32"))
      result = fmt::format(
          "{}({})",
          prelude.helper(op->name.substr(0, op->name.find('_')), op->type),
          print(op->args[0]));
    else if (is("inf_f32") || is("neg_inf_f32"))
      result = is("inf_f32") ? "__builtin_inff()" : "(-__builtin_inff())";
    else if (is("nan_f32"))
      result = "__builtin_nanf(\"\")";
    else if (is("sqrt_f32") || is("sqrt_f64"))
      result = fmt::format("{}({})", prelude.helper("sqrt", op->type),
                           print(op->args[0]));
    else
      unsupported("the call of " + op->name);
  }

  void visit(const Let *op) override {
    std::string value = print(op->value);
    line(fmt::format("const {} {} = {};", prelude.name(op->value.type()),
                     bind(op->name), value));
    result = print(op->body);
  }
  void visit(const Shuffle *) override { unsupported("a shuffle"); }
  void visit(const VectorReduce *) override {
    unsupported("a reduction of a vector");
  }
};
} // namespace

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_CPPEXPRESSIONS_H
