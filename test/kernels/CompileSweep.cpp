//===- CompileSweep.cpp - Which kernels take long to compile -------------===//
//
// Not a test: compiles kernels of all kinds of extents, and prints those that
// take more than a second of a core, or the given number, with the number of
// lines of what Halide makes of them. Ends with 1 where one takes longer than
// ten.
//   lathe_compile_sweep [--quick] [--from=N] [--to=N] [--every=N] [SECONDS]
// Kernels are numbered; --every=N takes one in N of those from --from to --to.
// Every 50 of them it says where it is.
//
//===----------------------------------------------------------------------===//

#include "test/kernels/SweepKernels.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

using namespace lathe::kernels;

namespace {
struct Options {
  bool all = true;
  size_t from = 0, to = SIZE_MAX, every = 1;
  double told = 1;

  /// False for an argument that is none of them.
  bool take(const std::string &argument) {
    auto number = [&](const std::string &name, size_t &value) {
      char *end = nullptr;
      if (argument.rfind(name, 0) != 0)
        return false;
      value = std::strtoul(argument.c_str() + name.size(), &end, 10);
      return !*end && argument.size() > name.size();
    };
    if (argument == "--quick") {
      all = false;
      return true;
    }
    char *end = nullptr;
    if (number("--from=", from) || number("--to=", to) ||
        (number("--every=", every) && every > 0))
      return true;
    told = std::strtod(argument.c_str(), &end);
    return !argument.empty() && !*end;
  }
};

class Sweep {
public:
  explicit Sweep(const Options &options)
      : options(options), kernels(sweepKernels(options.all)) {}

  void run() {
    size_t end = std::min(options.to, kernels.size());
    for (size_t i = options.from; i < end; i += options.every) {
      compile(i);
      if (++count % 50 == 0)
        printState(i);
    }
  }
  void printState(size_t at) const {
    std::printf("%zu kernels, up to %zu of %zu; at most %.1f s, number %zu\n",
                count, at, kernels.size(), most, slowest);
    std::fflush(stdout);
  }
  void printSlowest() const {
    printState(std::min(options.to, kernels.size()));
    if (count)
      std::printf("    %s\n", describe(kernels[slowest]).c_str());
  }
  double getMost() const { return most; }

private:
  /// Signatures of many operands or constants are long.
  static std::string describe(const KernelSpec &spec) {
    return signature(spec).substr(0, 300);
  }

  void compile(size_t i) {
    const KernelSpec &spec = kernels[i];
    Schedule schedule = defaultSchedule(spec, hostIsa());
    std::clock_t start = std::clock(); // of this process, not of others
    std::string error = compileToBitcode(spec, schedule, hostIsa()).error;
    double time = double(std::clock() - start) / CLOCKS_PER_SEC;
    if (time > most) {
      most = time;
      slowest = i;
    }
    if (!error.empty())
      std::printf("%zu  %s: %s\n", i, describe(spec).c_str(), error.c_str());
    else if (time >= options.told) {
      std::string text = dumpStatement(spec, schedule, hostIsa());
      std::printf("%zu  %6.1f s  %5zu KiB  %s\n    %s\n", i, time,
                  text.size() / 1024, describe(spec).c_str(),
                  toString(schedule).c_str());
    }
  }

  const Options options;
  const std::vector<KernelSpec> kernels;
  size_t count = 0, slowest = 0;
  double most = 0;
};
} // namespace

int main(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i)
    if (!options.take(argv[i])) {
      std::fprintf(stderr, "usage: lathe_compile_sweep [--quick] [--from=N] "
                           "[--to=N] [--every=N] [SECONDS]\n");
      return 2;
    }
  Sweep sweep(options);
  sweep.run();
  sweep.printSlowest();
  return sweep.getMost() > 10;
}
