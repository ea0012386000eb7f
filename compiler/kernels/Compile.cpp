//===- Compile.cpp - Kernels to bitcode, to text and into this process ---===//

#include "compiler/kernels/CppEmitter.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Strategy.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

using namespace Halide;

namespace lathe::kernels {

/// Halide's name for an instruction set. The artifact's own objects get their
/// final target features in code generation; these here steer Halide's choice
/// of instructions.
Target targetOf(Isa isa) {
  std::vector<Target::Feature> x86V2 = {Target::SSE41};
  std::vector<Target::Feature> x86V3 = {
      Target::SSE41, Target::AVX, Target::AVX2, Target::FMA, Target::F16C};
  std::vector<Target::Feature> x86V4 = x86V3;
  x86V4.insert(x86V4.end(), {Target::AVX512, Target::AVX512_Skylake});
  Target target;
  switch (isa) {
  case Isa::X86_64_V2:
    target = Target(Target::Linux, Target::X86, 64, x86V2);
    break;
  case Isa::X86_64_V3:
    target = Target(Target::Linux, Target::X86, 64, x86V3);
    break;
  case Isa::X86_64_V4:
    target = Target(Target::Linux, Target::X86, 64, x86V4);
    break;
  case Isa::AArch64:
    target = Target(Target::Linux, Target::ARM, 64);
    break;
  case Isa::RiscV64:
    target = Target(Target::Linux, Target::RISCV, 64);
    break;
  }
  target.set_feature(Target::NoAsserts);
  target.set_feature(Target::NoBoundsQuery);
  return target;
}

/// Runs `work`, turning what it throws into a text; empty on success.
template <typename Work>
static std::string errorOf(Work &&work) {
  try {
    work();
    return {};
  } catch (const NotApplicable &error) {
    return error.what();
  } catch (const Halide::Error &error) {
    return fmt::format("Halide: {}", error.what());
  }
}

Schedule defaultSchedule(const KernelSpec &spec, const Machine &machine) {
  Schedule schedule;
  errorOf([&] {
    const Node &node = leadingNode(spec);
    const Strategy &strategy = preferredStrategy(spec, node, machine);
    schedule = {strategy.name, *strategy.defaults(spec, node, machine)};
  });
  return schedule;
}

std::string refusal(const KernelSpec &spec, const Schedule &schedule,
                    const Machine &machine) {
  return errorOf([&] { Builder(spec, schedule, machine); });
}

namespace {
/// A file that lives as long as this object: Halide writes bitcode to files.
class TemporaryFile {
public:
  TemporaryFile() {
    const char *folder = std::getenv("TMPDIR");
    path = std::string(folder ? folder : "/tmp") + "/lathe-kernel-XXXXXX";
    int descriptor = mkstemp(path.data());
    if (descriptor < 0)
      throw NotApplicable("cannot create a temporary file " + path);
    close(descriptor);
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  std::string read() const {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::string path;
};
} // namespace

CompiledKernel compileToBitcode(const KernelSpec &spec,
                                const Schedule &schedule,
                                const Machine &machine) {
  CompiledKernel result;
  result.error = errorOf([&] {
    Target target = targetOf(machine.isa).with_feature(Target::NoRuntime);
    Builder builder(spec, schedule, machine);
    TemporaryFile file;
    Module module = builder.lower(spec.name, target);
    expandIeee(module);
    module.compile({{OutputFileType::bitcode, file.path}});
    result.bitcode = file.read();
    if (result.bitcode.empty())
      throw NotApplicable("Halide wrote no bitcode");
  });
  return result;
}

CppKernels compileToCpp(const std::vector<ScheduledKernel> &kernels,
                        const Machine &machine) {
  CppKernels result;
  CppPrelude prelude;
  for (const ScheduledKernel &kernel : kernels) {
    std::string error = errorOf([&] {
      Target target = targetOf(machine.isa).with_feature(Target::NoRuntime);
      Module module = Builder(kernel.spec, kernel.schedule, machine)
                          .lower(kernel.spec.name, target);
      result.kernels.push_back(emitCpp(module, kernel.spec, prelude));
    });
    if (!error.empty()) {
      result.error = fmt::format("{}: {}", kernel.spec.name, error);
      return result;
    }
  }
  result.prelude = prelude.text();
  return result;
}

std::string dumpStatement(const KernelSpec &spec, const Schedule &schedule,
                          const Machine &machine) {
  std::string text;
  std::string error = errorOf([&] {
    Builder builder(spec, schedule, machine);
    Module module = builder.lower(
        spec.name, targetOf(machine.isa).with_feature(Target::NoRuntime));
    std::ostringstream stream;
    stream << module;
    text = stream.str();
  });
  return error.empty() ? text : "error: " + error + "\n";
}

//===----------------------------------------------------------------------===//
// In this process
//===----------------------------------------------------------------------===//

Isa hostIsa() {
  Target host = get_host_target();
  if (host.arch == Target::ARM)
    return Isa::AArch64;
  if (host.arch == Target::RISCV)
    return Isa::RiscV64;
  if (host.has_feature(Target::AVX512_Skylake))
    return Isa::X86_64_V4;
  if (host.has_feature(Target::AVX2) && host.has_feature(Target::FMA))
    return Isa::X86_64_V3;
  return Isa::X86_64_V2;
}

struct JitKernel::Impl {
  Internal::JITModule module;
  std::vector<halide_buffer_t> buffers;
  size_t inputs; ///< buffers that come before `n`
};

JitKernel::JitKernel(Impl *impl) : impl(impl) {}
JitKernel::JitKernel(JitKernel &&other) noexcept
    : impl(std::exchange(other.impl, nullptr)) {}
JitKernel &JitKernel::operator=(JitKernel &&other) noexcept {
  std::swap(impl, other.impl);
  return *this;
}
JitKernel::~JitKernel() { delete impl; }

std::optional<JitKernel> JitKernel::compile(const KernelSpec &spec,
                                            const Schedule &schedule,
                                            std::string &error) {
  std::unique_ptr<Impl> impl = std::make_unique<Impl>();
  error = errorOf([&] {
    Isa isa = hostIsa();
    Target target = targetOf(isa);
    target.os = get_host_target().os;
    target.set_feature(Target::JIT);
    Builder builder(spec, schedule, isa);
    Module module =
        builder.lower(spec.name, target, LinkageType::ExternalPlusArgv);
    expandIeee(module);
    std::vector<Internal::JITModule> runtime =
        Internal::JITSharedRuntime::get(nullptr, target);
    impl->module = Internal::JITModule(
        module, module.get_function_by_name(spec.name), runtime);
    size_t inPlace = 0;
    for (int input : spec.inPlace)
      inPlace += input >= 0;
    impl->inputs = spec.inputs.size() - inPlace;
    impl->buffers.resize(impl->inputs + spec.results.size());
  });
  if (!error.empty())
    return std::nullopt;
  return JitKernel(impl.release());
}

void JitKernel::setThreads(int count) {
  Target target = targetOf(hostIsa());
  target.set_feature(Target::JIT);
  for (const Internal::JITModule &module :
       Internal::JITSharedRuntime::get(nullptr, target))
    if (void *address =
            module.find_symbol_by_name("halide_set_num_threads").address) {
      reinterpret_cast<int (*)(int)>(address)(count);
      return;
    }
}

void JitKernel::run(const std::vector<void *> &buffers, int32_t n) {
  std::vector<const void *> arguments;
  for (size_t i = 0; i < impl->buffers.size(); ++i) {
    if (i == impl->inputs)
      arguments.push_back(&n);
    impl->buffers[i] = {};
    impl->buffers[i].host = static_cast<uint8_t *>(buffers.at(i));
    arguments.push_back(&impl->buffers[i]);
  }
  impl->module.argv_function()(arguments.data());
}

} // namespace lathe::kernels
