//===- Target.cpp - Instruction sets by name ------------------------------===//
#include "compiler/codegen/Target.h"
#include "compiler/codegen/Codegen.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>

using namespace llvm;
using namespace lathe;

static const TargetDescription targets[] = {
    {"x86-64-v2", "x86_64-unknown-linux-gnu", "x86-64-v2", "x86-64",
     "SSE4.2: any x86 of the last fifteen years"},
    {"x86-64-v3", "x86_64-unknown-linux-gnu", "x86-64-v3", "x86-64",
     "AVX2 and FMA"},
    {"x86-64-v4", "x86_64-unknown-linux-gnu", "x86-64-v4", "x86-64", "AVX-512"},
    {"aarch64", "aarch64-unknown-linux-gnu", "generic", "generic",
     "64-bit ARM with NEON"},
};

ArrayRef<TargetDescription> lathe::supportedTargets() { return targets; }

const TargetDescription &lathe::targetDescription(StringRef name) {
  for (const TargetDescription &target : targets)
    if (target.name == name)
      return target;
  llvm_unreachable("resolveTarget has checked the name");
}

static std::string hostTarget() {
  Triple triple(sys::getProcessTriple());
  if (triple.isAArch64())
    return "aarch64";
  StringMap<bool> features = sys::getHostCPUFeatures();
  auto all = [&](std::initializer_list<StringRef> names) {
    return all_of(names, [&](StringRef name) { return features.lookup(name); });
  };
  if (!all({"avx2", "fma", "bmi", "bmi2", "f16c", "lzcnt", "movbe"}))
    return "x86-64-v2";
  if (!all({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return "x86-64-v3";
  return "x86-64-v4";
}

Expected<std::string> lathe::resolveTarget(StringRef name) {
  if (name == "host")
    return hostTarget();
  std::string known = "host";
  for (const TargetDescription &target : targets) {
    if (target.name == name)
      return name.str();
    known += (", " + target.name).str();
  }
  return createStringError("unknown target '" + name.str() + "'; there are " +
                           known);
}

Machine CodegenOptions::machine() const {
  Isa isa = *parseIsa(target);
  Machine machine = cpu == "host" ? hostMachine(sys::getHostCPUName(), isa)
                                  : *machineOf(cpu, isa);
  if (cores)
    machine.cores = cores;
  return machine;
}

Error lathe::checkCpu(StringRef cpu, StringRef target) {
  if (cpu == "host" || runs(cpu, *parseIsa(target)))
    return Error::success();
  std::string known = "host";
  for (std::string_view name : knownCpus())
    if (runs(name, *parseIsa(target)))
      known += ", " + std::string(name);
  bool isKnown = is_contained(knownCpus(), std::string_view(cpu));
  return createStringError((isKnown
                                ? "the CPU " + cpu + " does not run code for "
                                : "unknown CPU '" + cpu + "' for ") +
                           target + "; there are " + known);
}

bool lathe::runsHere(StringRef name) {
  // Of one family, the table has the smaller instruction sets first.
  const TargetDescription &host = targetDescription(hostTarget());
  const TargetDescription &target = targetDescription(name);
  return target.triple == host.triple && &target <= &host;
}

bool lathe::linksHere(StringRef name) {
  return Triple(targetDescription(name).triple).getArch() ==
         Triple(sys::getProcessTriple()).getArch();
}

std::unique_ptr<TargetMachine>
lathe::createTargetMachine(const TargetDescription &target, StringRef cpu) {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
    InitializeAllAsmParsers();
  });
  Triple triple(target.triple);
  std::string error;
  const Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return nullptr;
  TargetOptions options;
  options.EmitStackSizeSection = true;
  return std::unique_ptr<TargetMachine>(
      backend->createTargetMachine(triple, cpu, "", options, Reloc::PIC_,
                                   std::nullopt, CodeGenOptLevel::Aggressive));
}
