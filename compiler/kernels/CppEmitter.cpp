//===- CppEmitter.cpp - Lowered kernels as C++ ---------------------------===//
//
// Prints Halide's lowered form as C++ that both g++ and clang compile to the
// code that Halide's own back end makes: expressions stay whole, so that a
// compiler contracts a product and a sum to one FMA as Halide's back end does,
// and scratch that is read and written by whole vectors is an array of vectors.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/CppExpressions.h"
#include "compiler/kernels/LoweredForm.h"

#include <fmt/format.h>

#include <map>

using namespace Halide;
using namespace Halide::Internal;

namespace lathe::kernels {

namespace {

class Emitter : public CppExpressions {
public:
  Emitter(CppPrelude &prelude, std::map<std::string, std::string> &functions)
      : CppExpressions(prelude), functions(functions) {}
  void body(const Stmt &stmt) { stmt.accept(this); }

private:
  using CppExpressions::visit;
  std::map<std::string, std::string> &functions;
  std::map<std::string, Expr> closures; ///< make_struct calls

  void visit(const Store *op) override {
    if (!is_const_one(op->predicate))
      return storeLanes(op);
    const Shuffle *shuffle = op->value.as<Shuffle>();
    if (shuffle && shuffle->is_interleave())
      return storeInterleaved(op, *shuffle);
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
      storeLanes(op);
  }
  /// Vectors whose elements take turns: each is stored in steps, because all of
  /// them together may be of a length that C++ has no vectors of.
  void storeInterleaved(const Store *op, const Shuffle &shuffle) {
    const Ramp *ramp = op->index.as<Ramp>();
    if (!ramp || !is_const_one(ramp->stride) || vectorScratch.count(op->name))
      unsupported("a shuffle");
    std::string buffer = nameOf(op->name);
    size_t count = shuffle.vectors.size();
    line("{");
    for (size_t i = 0; i < count; ++i)
      line(fmt::format("const {} part{}_ = {};",
                       prelude.name(shuffle.vectors[i].type()), i,
                       print(shuffle.vectors[i])));
    line(fmt::format("auto *const place_ = {} + {};", buffer,
                     print(ramp->base)));
    for (int lane = 0; lane < shuffle.vectors[0].type().lanes(); ++lane)
      for (size_t i = 0; i < count; ++i)
        line(fmt::format("place_[{}] = part{}_[{}];", lane * count + i, i,
                         lane));
    line("}");
  }
  /// Element by element, those that the predicate names.
  void storeLanes(const Store *op) {
    std::string buffer = nameOf(op->name), value = print(op->value),
                index = print(op->index);
    bool isMasked = !is_const_one(op->predicate);
    std::string mask = isMasked ? print(op->predicate) : "";
    line("{");
    line(fmt::format("const {} lanes_ = {};", prelude.name(op->value.type()),
                     value));
    line(fmt::format("const {} places_ = {};", prelude.name(op->index.type()),
                     index));
    if (isMasked)
      line(fmt::format("const {} mask_ = {};",
                       prelude.name(Int(32, op->index.type().lanes())), mask));
    for (int lane = 0; lane < op->value.type().lanes(); ++lane)
      line(fmt::format("{}{}[places_[{}]] = lanes_[{}];",
                       isMasked ? fmt::format("if (mask_[{}]) ", lane) : "",
                       buffer, lane, lane));
    line("}");
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
      vectorScratch.erase(op->name); // an earlier one of the name may have been
      // A number that not every image needs is not always computed, which
      // compilers warn of where they see that it is read and not used.
      line(fmt::format("alignas(64) {} {}[{}]{};", prelude.name(op->type), name,
                       size, size == 1 ? " = {}" : ""));
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
    const Call *call = op->value.as<Call>();
    if (call && call->name == "halide_do_par_for")
      parallelLoop(call);
    else if (call && call->is_intrinsic(Call::prefetch))
      line(fmt::format("__builtin_prefetch({} + {}, 0, 2);",
                       nameOf(call->args[0].as<Variable>()->name),
                       print(call->args[1])));
  }
  void visit(const Prefetch *) override {}
  void visit(const Atomic *) override { unsupported("an atomic update"); }
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
