//===- CppLibrary.cpp - Kernels through a C++ compiler -------------------===//

#include "test/kernels/CppLibrary.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <dlfcn.h>
#include <fstream>

namespace lathe::kernels {

bool programExists(const std::string &program) {
  return std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
}

TestFolder::TestFolder() {
  char name[] = "/tmp/lathe-kernels-test-XXXXXX";
  path = mkdtemp(name);
}
TestFolder::~TestFolder() { std::filesystem::remove_all(path); }

/// All kernels' C++, behind functions that take an array of pointers.
static std::string cppFile(const std::vector<KernelSpec> &kernels) {
  std::vector<ScheduledKernel> scheduled;
  for (const KernelSpec &spec : kernels)
    scheduled.push_back({spec, defaultSchedule(spec, hostIsa())});
  CppKernels cpp = compileToCpp(scheduled, hostIsa());
  EXPECT_EQ(cpp.error, "");
  std::string text =
      "#include <stdint.h>\n"
      "static int halide_do_par_for(void *context, int (*task)(void *, int, "
      "uint8_t *), int min,\n"
      "                             int extent, uint8_t *closure) {\n"
      "  for (int i = min; i < min + extent; ++i) task(context, i, closure);\n"
      "  return 0;\n"
      "}\n" +
      cpp.prelude;
  for (size_t i = 0; i < cpp.kernels.size(); ++i) {
    const KernelSpec &spec = kernels[i];
    size_t inPlace = 0;
    for (int input : spec.inPlace)
      inPlace += input >= 0;
    text += cpp.kernels[i] + "extern \"C\" void call_" + spec.name +
            "(void **p, int n) {\n  " + spec.name + "(";
    for (size_t k = 0; k < spec.inputs.size() - inPlace + spec.results.size();
         ++k)
      text += "p[" + std::to_string(k) + "], ";
    text += "n);\n}\n";
  }
  return text;
}

CppLibrary::CppLibrary(const std::vector<KernelSpec> &kernels,
                       const std::string &compiler, const std::string &flags) {
  std::string source = folder.path / "kernels.cpp",
              library = folder.path / "kernels.so";
  std::ofstream(source) << cppFile(kernels);
  std::string level = hostIsa() == Isa::X86_64_V4   ? " -march=x86-64-v4"
                      : hostIsa() == Isa::X86_64_V3 ? " -march=x86-64-v3"
                                                    : "";
  std::string command = compiler +
                        " -std=c++17 -Wall -Wextra -Werror -shared -fPIC " +
                        flags + level + " " + source + " -o " + library;
  EXPECT_EQ(std::system(command.c_str()), 0);
  loaded = dlopen(library.c_str(), RTLD_NOW);
  EXPECT_TRUE(loaded) << dlerror();
}

CppLibrary::~CppLibrary() {
  if (loaded)
    dlclose(loaded);
}

void CppLibrary::run(const KernelSpec &kernel, void **buffers, int n) const {
  auto *function = reinterpret_cast<void (*)(void **, int)>(
      dlsym(loaded, ("call_" + kernel.name).c_str()));
  ASSERT_TRUE(function) << kernel.name;
  function(buffers, n);
}

} // namespace lathe::kernels
