//===- IsaTest.cpp - The kernels' tests for another instruction set ------===//
//
// usage: lathe_kernels_isa_tests --isa=NAME [--every=N] [gtest's options]
//
// The same tests against the same references, but each kernel is compiled to an
// object, as for an artifact, and called by a small program for that target:
// here where this machine can run it, else under qemu. With --every, one kernel
// in N is checked.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/KernelObjects.h"
#include "test/kernels/Executor.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using lathe::Isa;
using namespace lathe::kernels;

namespace {
struct TargetRow {
  const char *name, *triple, *emulator;
  Isa isa;
};
constexpr TargetRow targets[] = {
    {"x86-64-v2", "x86_64-linux-gnu", "qemu-x86_64 -cpu Nehalem ",
     Isa::X86_64_V2},
    {"x86-64-v3", "x86_64-linux-gnu", "qemu-x86_64 -cpu Haswell ",
     Isa::X86_64_V3},
    {"x86-64-v4", "x86_64-linux-gnu", "", Isa::X86_64_V4},
    {"aarch64", "aarch64-linux-gnu", "qemu-aarch64 ", Isa::AArch64}};

bool exists(const std::string &program) {
  return std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
}

class ForTarget : public Executor {
public:
  ForTarget(const TargetRow &target, unsigned every)
      : target(target), every(every) {
    char name[] = "/tmp/lathe-isa-test-XXXXXX";
    folder = mkdtemp(name);
    if (!lathe::runsHere(target.name))
      emulator = target.emulator;
  }
  ~ForTarget() override {
    std::filesystem::remove_all(folder);
    std::fprintf(stderr, "%u of %u kernels were run for %s%s\n", taken, seen,
                 target.name, emulator.empty() ? "" : " under qemu");
  }

  /// Empty where all the tools are there.
  std::string missing() const {
    for (std::string tool : {"clang-22", "ld.lld-22"})
      if (!exists(tool))
        return tool;
    std::string program = emulator.substr(0, emulator.find(' '));
    if (emulator.empty() ? !lathe::runsHere(target.name) : !exists(program))
      return emulator.empty() ? "the CPU" : program;
    return "";
  }

  bool buildProgram() {
    return std::system(("clang-22 -O1 -ffreestanding -fno-stack-protector -w "
                        "-std=gnu11 --target=" +
                        std::string(target.triple) +
                        " -c " LATHE_SOURCE_DIR
                        "/test/kernels/run_calls.c -o " +
                        file("calls.o"))
                           .c_str()) == 0;
  }

  Isa isa() const override { return target.isa; }
  bool takesNext() override {
    bool takes = seen++ % every == 0;
    taken += takes;
    return takes;
  }

  std::string run(const KernelSpec &original, const Schedule &schedule,
                  std::vector<Call> &calls) override {
    KernelSpec spec = original;
    spec.name = "kernel";
    lathe::CodegenOptions options;
    options.target = target.name;
    llvm::Expected<lathe::ObjectFile> object =
        lathe::compileKernel(spec, schedule, "test", options);
    if (!object)
      return llvm::toString(object.takeError());
    std::ofstream(file("kernel.o"), std::ios::binary)
        .write(object->data(), std::streamsize(object->size()));
    if (std::system(("ld.lld-22 -static -o " + file("program") + " " +
                     file("calls.o") + " " + file("kernel.o"))
                        .c_str()))
      return "the program does not link";
    size_t inputs = spec.inputs.size();
    for (int input : spec.inPlace)
      inputs -= input >= 0;
    write(calls, inputs);
    int status = std::system((emulator + file("program") + " < " +
                              file("calls") + " > " + file("results"))
                                 .c_str());
    if (status)
      return "the program ends with " + std::to_string(status);
    return read(calls) ? "" : "the program wrote something else";
  }

private:
  std::string file(const char *name) const { return folder + "/" + name; }

  void write(const std::vector<Call> &calls, size_t inputs) const {
    std::ofstream stream(file("calls"), std::ios::binary);
    auto number = [&](uint64_t value) {
      stream.write(reinterpret_cast<char *>(&value), sizeof value);
    };
    number(calls.size());
    for (const Call &call : calls) {
      number(uint64_t(call.n));
      number(inputs);
      number(call.memory.size());
      for (const Bytes &bytes : call.memory) {
        number(bytes.size());
        stream.write(reinterpret_cast<const char *>(bytes.data()),
                     std::streamsize(bytes.size()));
        stream.write("\0\0\0\0\0\0\0", std::streamsize(-bytes.size() % 8));
      }
    }
  }

  bool read(std::vector<Call> &calls) const {
    std::ifstream stream(file("results"), std::ios::binary);
    auto skip = [&](size_t count) { stream.ignore(std::streamsize(count)); };
    skip(8);
    for (Call &call : calls) {
      skip(3 * 8);
      for (Bytes &bytes : call.memory) {
        skip(8);
        stream.read(reinterpret_cast<char *>(bytes.data()),
                    std::streamsize(bytes.size()));
        skip(-bytes.size() % 8);
      }
    }
    return stream.good();
  }

  const TargetRow &target;
  unsigned every, seen = 0, taken = 0;
  std::string folder, emulator;
};
} // namespace

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  std::string name;
  unsigned every = 1;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument.rfind("--isa=", 0) == 0)
      name = argument.substr(6);
    else if (argument.rfind("--every=", 0) == 0)
      every = unsigned(std::max(1, std::atoi(argument.c_str() + 8)));
  }
  for (const TargetRow &row : targets) {
    if (row.name != name)
      continue;
    auto executor = std::make_unique<ForTarget>(row, every);
    std::string missing = executor->missing();
    if (!missing.empty()) {
      std::printf("skipped: %s is missing\n", missing.c_str());
      return 77;
    }
    if (!executor->buildProgram())
      return 1;
    setExecutor(std::move(executor));
    return RUN_ALL_TESTS();
  }
  std::fprintf(stderr,
               "--isa=NAME: x86-64-v2, x86-64-v3, x86-64-v4, aarch64\n");
  return 2;
}
