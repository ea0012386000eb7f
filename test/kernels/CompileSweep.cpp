//===- CompileSweep.cpp - Which kernels take long to compile -------------===//
//
// Not a test: compiles kernels of all kinds of extents, and prints those that
// take more than a second of a core, or the given number, with the number of
// lines of what Halide makes of them. Ends with 1 where one takes longer than
// ten.
//   lathe_compile_sweep [--quick] [--from=N] [SECONDS]
//
//===----------------------------------------------------------------------===//

#include "test/kernels/SweepKernels.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

using namespace lathe::kernels;

/// Signatures of many operands or constants are long.
static std::string describe(const KernelSpec &spec) {
  return signature(spec).substr(0, 300);
}

int main(int argc, char **argv) {
  double told = 1;
  bool all = true;
  size_t from = 0;
  for (int i = 1; i < argc; ++i)
    if (!std::strcmp(argv[i], "--quick"))
      all = false;
    else if (!std::strncmp(argv[i], "--from=", 7))
      from = size_t(std::atoi(argv[i] + 7));
    else
      told = std::atof(argv[i]);
  double most = 0;
  std::vector<KernelSpec> kernels = sweepKernels(all);
  for (size_t i = from; i < kernels.size(); ++i) {
    const KernelSpec &spec = kernels[i];
    Schedule schedule = defaultSchedule(spec, hostIsa());
    std::clock_t start = std::clock(); // of this process, not of others
    std::string error = compileToBitcode(spec, schedule, hostIsa()).error;
    double time = double(std::clock() - start) / CLOCKS_PER_SEC;
    most = std::max(most, time);
    if (!error.empty())
      std::printf("%zu  %s: %s\n", i, describe(spec).c_str(), error.c_str());
    else if (time >= told) {
      std::string text = dumpStatement(spec, schedule, hostIsa());
      std::printf("%zu  %6.1f s  %5zu KiB  %s\n    %s\n", i, time,
                  text.size() / 1024, describe(spec).c_str(),
                  toString(schedule).c_str());
    }
    std::fflush(stdout);
  }
  std::printf("%zu kernels, at most %.1f s\n", kernels.size(), most);
  return most > 10;
}
