//===- Lower.cpp - What Halide makes of a kernel, mended -----------------===//

#include "compiler/kernels/Builder.h"

#include <set>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// Takes back what Halide believes of the callers' memory: where an output is
/// read again it assumes that the memory begins at a whole vector.
class ForgetAlignment : public Internal::IRMutator {
  using IRMutator::visit;
  std::set<std::string> local;

  Internal::Stmt visit(const Internal::Allocate *op) override {
    local.insert(op->name);
    return IRMutator::visit(op);
  }
  Expr visit(const Internal::Load *op) override {
    Expr index = mutate(op->index), predicate = mutate(op->predicate);
    return Internal::Load::make(
        op->type, op->name, index, op->image, op->param, predicate,
        local.count(op->name) ? op->alignment : Internal::ModulusRemainder());
  }
  Internal::Stmt visit(const Internal::Store *op) override {
    Expr value = mutate(op->value), index = mutate(op->index),
         predicate = mutate(op->predicate);
    return Internal::Store::make(
        op->name, value, index, op->param, predicate,
        local.count(op->name) ? op->alignment : Internal::ModulusRemainder());
  }
};

/// Halide 14 steps from line to line as if elements were bytes.
class MendPrefetch : public Internal::IRMutator {
  using IRMutator::visit;
  Internal::Stmt visit(const Internal::For *op) override {
    if (op->name.find("prefetch_split") == std::string::npos)
      return IRMutator::visit(op);
    std::string outer = loop;
    loop = op->name;
    Internal::Stmt result = IRMutator::visit(op);
    loop = outer;
    return result;
  }
  Expr visit(const Internal::Call *op) override {
    if (loop.empty() || !op->is_intrinsic(Internal::Call::prefetch))
      return IRMutator::visit(op);
    std::vector<Expr> args = op->args;
    args[1] =
        Internal::simplify(Internal::substitute(loop, 0, args[1]) +
                           Internal::Variable::make(Int(32), loop) * args[3]);
    return Internal::Call::make(op->type, op->name, args, op->call_type);
  }
  std::string loop;
};
} // namespace

Module Builder::lower(const std::string &name, const Target &target,
                      LinkageType linkage) {
  Module module =
      Pipeline(outputs).compile_to_module(arguments, name, target, linkage);
  for (Internal::LoweredFunc &function : module.functions()) {
    function.body = ForgetAlignment().mutate(function.body);
    function.body = MendPrefetch().mutate(function.body);
    if (function.name != name)
      function.linkage = LinkageType::Internal; // the body of a parallel loop
  }
  return module;
}

} // namespace lathe::kernels
