//===- MachineOptions.cpp - --target, --cpu and --cores -------------------===//
#include "compiler/tools/MachineOptions.h"
#include "compiler/tools/StagedModel.h"
#include "llvm/ADT/StringExtras.h"

using namespace lathe;

void lathe::addMachineOptions(CLI::App &command, CodegenOptions &options,
                              const std::string &targetHelp) {
  command.add_option("--target", options.target, targetHelp)
      ->default_str("host");
  std::vector<std::string> names = {"host"};
  for (std::string_view name : knownCpus())
    names.emplace_back(name);
  command
      .add_option("--cpu", options.cpu,
                  "The CPU to plan for: its caches and rates decide how work "
                  "is cut. The artifact\nruns on every CPU that has the "
                  "target's instructions. host measures this\nmachine's "
                  "caches. " +
                      llvm::join(names, ", "))
      ->type_name("CPU")
      ->capture_default_str();
  command
      .add_option("--cores", options.cores,
                  "Cores to plan for: how finely work is cut, and with it how "
                  "sums are rounded.\nThe artifact runs with any number of "
                  "threads (default: " +
                      std::to_string(Machine(Isa::X86_64_V3).cores) + ")")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

bool lathe::resolveMachine(CodegenOptions &options) {
  llvm::Expected<std::string> target = resolveTarget(options.target);
  if (!target)
    return fail(target.takeError());
  options.target = *target;
  if (llvm::Error error = checkCpu(options.cpu, options.target))
    return fail(std::move(error));
  return true;
}
