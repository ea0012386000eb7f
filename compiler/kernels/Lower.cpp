//===- Lower.cpp - What Halide makes of a kernel, mended -----------------===//

#include "compiler/kernels/Builder.h"
#include "compiler/kernels/Prefetch.h"

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
} // namespace

Module Builder::lower(const std::string &name, const Target &target,
                      LinkageType linkage) {
  verifyUpdates(*this);
  Module module =
      Pipeline(outputs).compile_to_module(arguments, name, target, linkage);
  for (Internal::LoweredFunc &function : module.functions()) {
    function.body = ForgetAlignment().mutate(function.body);
    function.body = mendPrefetches(function.body);
    if (!prefetchesOver.empty())
      function.body = spreadPrefetches(function.body, prefetchesOver);
    function.body = readAhead(function.body, readsAhead);
    if (function.name != name)
      function.linkage = LinkageType::Internal; // the body of a parallel loop
  }
  return module;
}

} // namespace lathe::kernels
