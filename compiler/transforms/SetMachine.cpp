//===- SetMachine.cpp - The CPU that a module is planned for --------------===//
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_SETMACHINE
#include "compiler/transforms/Passes.h.inc"

static constexpr StringLiteral attributeName = "exec.machine";

Machine machineOf(ModuleOp module) {
  if (auto text = module->getAttrOfType<StringAttr>(attributeName))
    if (std::optional<Machine> machine = parseMachine(text.getValue()))
      return *machine;
  return Isa::X86_64_V3;
}

namespace {
struct SetMachine : impl::SetMachineBase<SetMachine> {
  using Base::Base;

  void runOnOperation() override {
    std::optional<Machine> parsed = parseMachine(machine);
    if (!parsed) {
      getOperation().emitError("no machine is described by '")
          << machine.getValue() << "'; write CPU{isa=NAME}, such as "
          << toString(Machine(Isa::X86_64_V4));
      return signalPassFailure();
    }
    getOperation()->setAttr(attributeName,
                            StringAttr::get(&getContext(), toString(*parsed)));
  }
};
} // namespace
} // namespace lathe
