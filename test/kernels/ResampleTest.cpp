//===- ResampleTest.cpp - Images resized by filters ----------------------===//

#include "test/kernels/Check.h"
#include "test/kernels/Executor.h"
#include "test/kernels/RecordedResample.h"
#include "test/kernels/TypicalKernels.h"

#include <array>

using namespace lathe::kernels;

namespace {
struct Case {
  std::string filter;
  bool antialias;
};
const Case cases[] = {{"area", false},     {"bilinear", true},
                      {"bicubic", false},  {"bicubic", true},
                      {"lanczos3", false}, {"lanczos3", true},
                      {"lanczos5", false}, {"lanczos5", true}};

KernelSpec resample(const Case &how, int64_t axis, int64_t from, int64_t to,
                    int64_t across, int64_t channels, bool backward) {
  std::vector<int64_t> in = {dynamicBatch, across, across, channels}, out = in;
  auto place = static_cast<size_t>(axis);
  in[place] = from;
  out[place] = to;
  SpecBuilder b(backward ? "resample_backward" : "resample");
  int x = b.input(f32(backward ? out : in));
  return b.finish({b.op(b.spec.name, {x}, {f32(backward ? in : out)},
                        {{"axis", axis},
                         {"filter", how.filter},
                         {"antialias", int64_t{how.antialias}}})});
}

TEST(Resample, ForwardAndBackward) {
  int64_t axis = 1;
  for (const Case &how : cases)
    for (auto [from, to] : std::vector<std::array<int64_t, 2>>{
             {7, 14}, {20, 7}, {41, 5}, {1, 4}, {16, 15}}) {
      SCOPED_TRACE(how.filter);
      axis = 3 - axis;
      check(resample(how, axis, from, to, 3, 5, false), {2});
      check(resample(how, axis, from, to, 2, 17, true), {2});
    }
}

// Sums of weights for more than a vector of positions, and tasks of a block.
TEST(Resample, ManyPositions) {
  for (bool backward : {false, true}) {
    check(resample({"lanczos3", true}, 2, 100, 37, 2, 3, backward), {1});
    check(resample({"bicubic", false}, 1, 37, 100, 2, 33, backward), {1});
  }
}

TEST(Resample, WeightsOfATaskFitItsStack) {
  KernelSpec spec = resample({"lanczos5", true}, 1, 16384, 40, 1, 3, false);
  Schedule schedule = defaultSchedule(spec, hostIsa());
  EXPECT_EQ(schedule.parameters.at("block"), 5); // of 4096 weights each
  check(spec, 1, 2e-5, &schedule);
  schedule.parameters["block"] = 40;
  std::string error;
  EXPECT_FALSE(JitKernel::compile(spec, schedule, error));
  EXPECT_NE(error.find("bytes of its stack"), std::string::npos) << error;
}

TEST(Resample, AsPillowPyTorchAndOpenCV) {
  auto from = static_cast<int64_t>(recordedLine.size());
  for (const RecordedResample &recorded : recordedResamples)
    for (int64_t axis : {1, 2}) {
      SCOPED_TRACE(std::string(recorded.filter) +
                   (recorded.antialias ? ", antialias" : ""));
      KernelSpec spec =
          resample({recorded.filter, recorded.antialias}, axis, from,
                   static_cast<int64_t>(recorded.line.size()), 1, 1, false);
      std::string error;
      auto kernel =
          JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
      ASSERT_TRUE(kernel) << error;
      Call call(spec, 1, 3);
      call.set(0, recordedLine);
      kernel->run(call.pointers(), 1);
      Tensor result = call.result(0);
      for (size_t i = 0; i < recorded.line.size(); ++i)
        EXPECT_NEAR(result.data[i], recorded.line[i], 1e-3) << i;
    }
}

TEST(Resample, ThreadsDoNotChangeResults) {
  for (bool backward : {false, true})
    checkThreads(resample({"lanczos5", true}, 2, 90, 41, 3, 3, backward), 3);
}
} // namespace

namespace lathe::kernels {
std::vector<KernelSpec> typicalResamplings() {
  return {resample({"bicubic", true}, 1, 28, 20, 1, 60, false),
          resample({"bicubic", true}, 2, 28, 20, 14, 20, true)};
}
} // namespace lathe::kernels
