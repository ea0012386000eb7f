//===- CppEmitter.cpp - Lowered kernels as C++
//-----------------------------===//
//
// Prints Halide's lowered form as C++ that both g++ and clang compile to the
// code that Halide's own back end makes: expressions stay whole, so that a
// compiler contracts a product and a sum to one FMA as Halide's back end does,
// and scratch that is read and written by whole vectors is an array of vectors.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/CppEmitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

using namespace Halide;
using namespace Halide::Internal;

namespace lathe::kernels {

namespace {

/// Which variables a statement uses outside of assertions.
class UsedVariables : public IRGraphVisitor {
public:
  std::set<std::string> names;

private:
  using IRGraphVisitor::visit;
  void visit(const Variable *op) override { names.insert(op->name); }
  void visit(const AssertStmt *) override {}
  void visit(const Load *op) override {
    names.insert(op->name);
    IRGraphVisitor::visit(op);
  }
  void visit(const Store *op) override {
    names.insert(op->name);
    IRGraphVisitor::visit(op);
  }
};

/// Finds the lanes by which a piece of scratch is always accessed, at constant
/// whole multiples; 0 when it is not.
class WholeVectors : public IRVisitor {
public:
  explicit WholeVectors(std::string name) : name(std::move(name)) {}
  int lanes() const { return different ? 0 : common; }

private:
  using IRVisitor::visit;
  std::string name;
  int common = 0;
  bool different = false;

  void access(const std::string &buffer, const Expr &index) {
    if (buffer != name)
      return;
    const Ramp *ramp = index.as<Ramp>();
    const int64_t *base = ramp ? as_const_int(ramp->base) : nullptr;
    if (!base || !is_const_one(ramp->stride) || *base % ramp->lanes ||
        (common && common != ramp->lanes))
      different = true;
    else
      common = ramp->lanes;
  }
  void visit(const Load *op) override {
    access(op->name, op->index);
    IRVisitor::visit(op);
  }
  void visit(const Store *op) override {
    access(op->name, op->index);
    IRVisitor::visit(op);
  }
  void visit(const Variable *op) override { different |= op->name == name; }
};

class Emitter : public IRVisitor {
public:
  Emitter(CppPrelude &prelude, std::map<std::string, std::string> &functions)
      : prelude(prelude), functions(functions) {}

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
        plain && (base[0] == 't' || base[0] == 'r') && base.size() > 1 &&
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
  void body(const Stmt &stmt) { stmt.accept(this); }
  void line(const std::string &words) {
    text += std::string(2 * depth, ' ') + words + "\n";
  }
  int depth = 1;

private:
  using IRVisitor::visit;
  CppPrelude &prelude;
  std::map<std::string, std::string> &functions;
  std::map<std::string, std::string> names;
  std::set<std::string> arguments;
  std::set<std::string> taken = {"n_",    "closure_", "index_", "int",
                                 "float", "double",   "max",    "min"};
  std::map<std::string, int> counters;
  std::map<std::string, int> vectorScratch; ///< lanes of arrays of vectors
  std::map<std::string, Expr> closures;     ///< make_struct calls
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
      unsupported("a predicated load");
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
    else {
      std::string index = print(op->index), list;
      for (int lane = 0; lane < op->type.lanes(); ++lane)
        list +=
            fmt::format("{}{}[{}[{}]]", lane ? ", " : "", buffer, index, lane);
      result = fmt::format("{}{{{}}}", prelude.name(op->type), list);
    }
  }
  void visit(const Store *op) override {
    if (!is_const_one(op->predicate))
      unsupported("a predicated store");
    std::string buffer = nameOf(op->name), value = print(op->value);
    const Ramp *ramp = op->index.as<Ramp>();
    auto array = vectorScratch.find(op->name);
    if (array != vectorScratch.end())
      line(fmt::format("{}[{}] = {};", buffer,
                       *as_const_int(ramp->base) / array->second, value));
    else if (op->value.type().is_scalar())
      line(fmt::format("{}[{}] = {};", buffer, print(op->index), value));
    else if (ramp && is_const_one(ramp->stride))
      line(fmt::format("{}({} + {}, {});",
                       prelude.helper("store", op->value.type()), buffer,
                       print(ramp->base), value));
    else
      unsupported("a scattered store");
  }

  void visit(const Call *op) override {
    auto is = [&](const char *name) { return op->name == name; };
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
    else if (is("floor_f32") || is("floor_f64"))
      result = fmt::format("{}({})", prelude.helper("floor", op->type),
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
  void visit(const LetStmt *op) override {
    UsedVariables used;
    op->body.accept(&used);
    const Call *call = op->value.as<Call>();
    if (call && call->is_intrinsic(Call::make_struct)) {
      closures[op->name] = op->value;
    } else if (call && call->name == "halide_do_par_for") {
      parallelLoop(call);
    } else if (call && call->is_intrinsic(Call::load_typed_struct_member)) {
      // Members are bound by the caller of this function's emitter.
    } else if (used.names.count(op->name) && !arguments.count(op->name)) {
      std::string value = print(op->value);
      line(fmt::format("const {} {} = {};", prelude.name(op->value.type()),
                       bind(op->name), value));
    }
    op->body.accept(this);
  }
  /// The loop's body is a function that takes the captured values by a pointer.
  void parallelLoop(const Call *call) {
    const Variable *function = call->args[0].as<Variable>();
    const Call *cast = call->args[3].as<Call>();
    Expr argument = cast ? cast->args[0] : call->args[3];
    if (const Cast *plain = call->args[3].as<Cast>())
      argument = plain->value;
    const Variable *closure = argument.as<Variable>();
    if (!function || !closure || !closures.count(closure->name))
      unsupported("a parallel loop");
    std::string functionName = functions.at(function->name.substr(2)), members;
    for (const Expr &member : closures[closure->name].as<Call>()->args)
      members += (members.empty() ? "" : ", ") + print(member);
    std::string min = print(call->args[1]), extent = print(call->args[2]);
    line("{");
    line(fmt::format("  {}_closure closure_ = {{{}}};", functionName, members));
    line(fmt::format("  halide_do_par_for(nullptr, {}, {}, {}, "
                     "reinterpret_cast<uint8_t *>(&closure_));",
                     functionName, min, extent));
    line("}");
  }

  void visit(const AssertStmt *) override {}
  void visit(const ProducerConsumer *op) override { op->body.accept(this); }
  void visit(const For *op) override {
    if (op->for_type != ForType::Serial)
      unsupported("a loop that is not serial");
    std::string min = print(op->min), extent = print(op->extent);
    std::string variable = bind(op->name);
    std::string end =
        is_const_zero(op->min) ? extent : fmt::format("{} + {}", min, extent);
    line(fmt::format("for (int32_t {0} = {1}; {0} < {2}; ++{0}) {{", variable,
                     min, end));
    block(op->body);
    line("}");
  }
  void block(const Stmt &stmt) {
    ++depth;
    stmt.accept(this);
    --depth;
  }
  void visit(const Allocate *op) override {
    int64_t size = 1;
    for (const Expr &extent : op->extents) {
      const int64_t *constant = as_const_int(extent);
      if (!constant)
        unsupported("scratch of a size that is not constant");
      size *= *constant;
    }
    std::string name = bind(op->name);
    WholeVectors whole(op->name);
    op->body.accept(&whole);
    if (whole.lanes() > 1 && size % whole.lanes() == 0) {
      vectorScratch[op->name] = whole.lanes();
      line(fmt::format("{} {}[{}];",
                       prelude.name(op->type.with_lanes(whole.lanes())), name,
                       size / whole.lanes()));
    } else {
      line(fmt::format("alignas(64) {} {}[{}];", prelude.name(op->type), name,
                       size));
    }
    op->body.accept(this);
  }
  void visit(const Free *) override {}
  void visit(const IfThenElse *op) override {
    line(fmt::format("if ({}) {{", print(op->condition)));
    block(op->then_case);
    if (op->else_case.defined()) {
      line("} else {");
      block(op->else_case);
    }
    line("}");
  }
  void visit(const Evaluate *op) override {
    if (const Call *call = op->value.as<Call>())
      if (call->name == "halide_do_par_for")
        parallelLoop(call);
  }
  void visit(const Shuffle *) override { unsupported("a shuffle"); }
  void visit(const VectorReduce *) override {
    unsupported("a reduction of a vector");
  }
  void visit(const Prefetch *) override {}
  void visit(const Atomic *) override { unsupported("an atomic update"); }
};

/// Names and member numbers that a loop's body takes from its closure.
class ClosureMembers : public IRVisitor {
public:
  std::vector<std::pair<std::string, Type>> members;

private:
  using IRVisitor::visit;
  void visit(const LetStmt *op) override {
    const Call *call = op->value.as<Call>();
    if (call && call->is_intrinsic(Call::load_typed_struct_member))
      members.emplace_back(op->name, op->value.type());
    op->body.accept(this);
  }
};

/// The element type by which memory of a name is accessed.
class ElementTypes : public IRVisitor {
public:
  std::map<std::string, Type> types;

private:
  using IRVisitor::visit;
  void visit(const Load *op) override {
    types[op->name] = op->type.element_of();
    IRVisitor::visit(op);
  }
  void visit(const Store *op) override {
    types[op->name] = op->value.type().element_of();
    IRVisitor::visit(op);
  }
};

std::string typedPointer(CppPrelude &prelude, const ElementTypes &elements,
                         const std::string &name) {
  auto it = elements.types.find(name);
  return it == elements.types.end() ? "void *"
                                    : prelude.name(it->second) + " *";
}
} // namespace

std::string emitCpp(const Module &module, const KernelSpec &spec,
                    CppPrelude &prelude) {
  std::string text;
  std::map<std::string, std::string> functions;
  ElementTypes elements; // memory has one name in all functions
  for (const LoweredFunc &function : module.functions())
    function.body.accept(&elements);
  for (const LoweredFunc &function : module.functions())
    if (function.name != spec.name)
      functions.emplace(function.name,
                        fmt::format("{}_task{}", spec.name, functions.size()));

  for (const LoweredFunc &function : module.functions()) {
    Emitter emitter(prelude, functions);
    if (function.name != spec.name) {
      const std::string &name = functions.at(function.name);
      ClosureMembers closure;
      function.body.accept(&closure);
      std::string index = emitter.bind(function.args.at(1).name), members;
      for (auto &[member, type] : closure.members) {
        std::string bound = emitter.bindArgument(member);
        std::string cpp = type.is_handle()
                              ? typedPointer(prelude, elements, member)
                              : prelude.name(type) + " ";
        members += fmt::format("  {}{};\n", cpp, bound);
        emitter.line(fmt::format("{}{}{} = closure_->{};", cpp,
                                 type.is_handle() ? "__restrict " : "const ",
                                 bound, bound));
        emitter.line("(void)" + bound + ";");
      }
      emitter.body(function.body);
      text += fmt::format("struct {}_closure {{\n{}}};\n", name, members);
      text += fmt::format("static int {}(void *, int {}, uint8_t *memory_) {{\n"
                          "  const {}_closure *closure_ = "
                          "reinterpret_cast<const {}_closure *>(memory_);\n",
                          name, index, name, name);
      text += emitter.text + "  return 0;\n}\n";
      continue;
    }
    // Inputs first, then outputs, then n.
    std::string inputs, outputs;
    for (const LoweredArgument &argument : function.args) {
      std::string bound = emitter.bindArgument(argument.name);
      if (!argument.is_buffer())
        continue;
      bool output = argument.is_output();
      std::string cpp = typedPointer(prelude, elements, argument.name);
      (output ? outputs : inputs) +=
          fmt::format("{}void *{}_, ", output ? "" : "const ", bound);
      std::string untyped =
          output ? bound + "_" : fmt::format("const_cast<void *>({}_)", bound);
      emitter.line(fmt::format("{}__restrict {} = static_cast<{}>({});", cpp,
                               bound, cpp, untyped));
      emitter.line("(void)" + bound + ";");
    }
    emitter.line("(void)n;");
    emitter.body(function.body);
    text += fmt::format("static void {}({}{}int32_t n) {{\n{}}}\n", spec.name,
                        inputs, outputs, emitter.text);
  }
  return text;
}

} // namespace lathe::kernels
