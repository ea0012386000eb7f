//===- CompileEffortTest.cpp - Large windows make no large code ----------===//

#include "test/kernels/SweepKernels.h"

#include <gtest/gtest.h>

using lathe::Isa;
using namespace lathe::kernels;

namespace {
/// Times depend on the machine; what takes minutes to compile is some hundred
/// times as long as this before.
constexpr size_t mostBytes = 100 * 1024;

bool hasLargeWindow(const KernelSpec &spec) {
  std::string text = signature(spec);
  bool isDilated = text.find("dilations=[10 10]") != std::string::npos;
  return text.find("61x64x") != std::string::npos ||
         text.find("pool_size=[61 64]") != std::string::npos ||
         (isDilated && text.find("pool_size=[32 32]") != std::string::npos);
}

TEST(CompileEffort, StridedDataGradientOfAWideWindow) {
  Geometry g{188, 137, 1, 1, 61, 64, 2, 2};
  SpecBuilder b("data_gradient");
  int dy = b.input(g.y()), w = b.input(g.w());
  KernelSpec spec = b.finish(
      {b.op("conv2d_backward_data", {dy, w}, {g.x()}, g.attributes())});
  for (Isa isa : {Isa::X86_64_V3, Isa::X86_64_V4})
    EXPECT_LT(dumpStatement(spec, defaultSchedule(spec, isa), isa).size(),
              mostBytes);
}

TEST(CompileEffort, DoesNotGrowWithWindowsAndStrides) {
  unsigned kernels = 0;
  for (const KernelSpec &spec : sweepKernels(/*all=*/false)) {
    if (!hasLargeWindow(spec))
      continue;
    ++kernels;
    for (Isa isa : {Isa::X86_64_V3, Isa::X86_64_V4}) {
      Schedule schedule = defaultSchedule(spec, isa);
      std::string text = dumpStatement(spec, schedule, isa);
      EXPECT_NE(text.rfind("error", 0), 0u) << text;
      EXPECT_LT(text.size(), mostBytes) << signature(spec) << "\n"
                                        << toString(schedule);
    }
  }
  EXPECT_GT(kernels, 20u);
}
} // namespace
