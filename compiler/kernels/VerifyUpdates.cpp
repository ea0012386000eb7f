//===- VerifyUpdates.cpp - Sums that are one term -------------------------===//

#include "compiler/kernels/Builder.h"

#include <fmt/format.h>
#include <stdexcept>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// Whether an expression reads the function.
class Reads : public Internal::IRVisitor {
public:
  explicit Reads(const std::string &function) : function(function) {}
  bool found = false;

private:
  using IRVisitor::visit;
  void visit(const Internal::Call *op) override {
    found |= op->call_type == Internal::Call::Halide && op->name == function;
    IRVisitor::visit(op);
  }
  const std::string &function;
};
} // namespace

static bool updatesItself(const Internal::Function &function,
                          const Internal::Definition &update) {
  Reads reads(function.name());
  for (const Expr &value : update.values())
    value.accept(&reads);
  return reads.found;
}

void verifyUpdates(const Builder &builder) {
  std::vector<Internal::Function> outputs;
  for (const Func &output : builder.outputs)
    outputs.push_back(output.function());
  auto functions = Internal::build_environment(outputs);
  // Of an input that the output replaces, each element is read at its place.
  if (builder.inPlace)
    for (const Internal::Function &output : outputs)
      functions.erase(output.name());
  for (const auto &[name, function] : functions)
    for (const Internal::Definition &update : function.updates())
      if (update.schedule().rvars().empty() && updatesItself(function, update))
        throw std::logic_error(
            fmt::format("kernel {}: an update of {} adds once, not over a "
                        "domain",
                        builder.spec.name, name));
}

} // namespace lathe::kernels
