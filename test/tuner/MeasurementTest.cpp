//===- MeasurementTest.cpp - Kernels that crash, hang or are wrong --------===//
#include "compiler/tuner/Measurement.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "compiler/tuner/ChildProcess.h"
#include "test/kernels/SpecBuilder.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include <gtest/gtest.h>
#include <unistd.h>

using namespace lathe;

namespace {
const std::atomic<bool> goOn = false;

class MeasurementTest : public testing::Test {
protected:
  MeasurementTest() {
    kernels::SpecBuilder b("tested_relu");
    int x = b.input(kernels::f32({kernels::dynamicBatch, 64}));
    spec = b.finish({b.op("relu", {x}, {kernels::f32({-1, 64})})});
    options.target = llvm::cantFail(resolveTarget("host"));
    conditions.samples = 8;
    conditions.secondsEach = 0.003;
    conditions.timeout = 2;
  }

  ObjectFile good() {
    return llvm::cantFail(
        compileKernel(spec, kernels::defaultSchedule(spec, kernels::hostIsa()),
                      "tested", options));
  }

  /// A kernel with that body.
  ObjectFile bad(const std::string &body) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic diagnostic;
    std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(
        "declare void @llvm.trap()\n"
        "define hidden i32 @tested_relu(ptr %in, i32 %n, ptr %out) {\n" +
            body + "}\n",
        diagnostic, context);
    const TargetDescription &target = targetDescription(options.target);
    return llvm::cantFail(compileModule(*module, target, target.cpu));
  }

  std::vector<TimedObject> time(const std::vector<ObjectFile> &objects) {
    std::vector<const ObjectFile *> pointers;
    for (const ObjectFile &object : objects)
      pointers.push_back(&object);
    return timeObjects(spec, "tested", pointers, conditions, goOn);
  }

  kernels::KernelSpec spec;
  CodegenOptions options;
  TimingConditions conditions;
};

const char *const traps = "call void @llvm.trap()\n ret i32 0\n";
const char *const loops = "br label %again\nagain:\n br label %again\n";
const char *const doesNothing = "ret i32 0\n";
} // namespace

TEST_F(MeasurementTest, CompilesWhatAppliesAndSaysWhyTheRestDoesNot) {
  kernels::Schedule schedule =
      kernels::defaultSchedule(spec, kernels::hostIsa());
  std::vector<CompiledSchedule> compiled =
      compileSchedules(spec, {schedule, {"unheard_of", {}}, schedule}, "tested",
                       options, 30, goOn);
  ASSERT_EQ(compiled.size(), 3u);
  EXPECT_EQ(compiled[0].failure, "");
  EXPECT_EQ(compiled[0].object, good());
  EXPECT_NE(compiled[1].failure, "");
  EXPECT_EQ(compiled[2].object, compiled[0].object);
}

TEST_F(MeasurementTest, TimesObjectsInTurns) {
  std::vector<TimedObject> times = time({good(), good()});
  for (const TimedObject &time : times) {
    EXPECT_EQ(time.failure, "");
    EXPECT_GT(time.milliseconds, 0);
  }
}

TEST_F(MeasurementTest, ACrashCostsOneObject) {
  std::vector<TimedObject> times = time({good(), bad(traps), good()});
  EXPECT_EQ(times[0].failure, "");
  EXPECT_EQ(times[1].failure.substr(0, 15), "crashed (signal");
  EXPECT_EQ(times[2].failure, "");
  EXPECT_GT(times[2].milliseconds, 0);
}

TEST_F(MeasurementTest, AHangCostsOneObject) {
  std::vector<TimedObject> times = time({good(), good(), bad(loops)});
  EXPECT_EQ(times[1].failure, "");
  EXPECT_EQ(times[2].failure, "took too long");
}

TEST_F(MeasurementTest, WrongResultsAreNoCandidate) {
  std::vector<TimedObject> times = time({good(), bad(doesNothing)});
  EXPECT_EQ(times[0].failure, "");
  EXPECT_EQ(times[1].failure, "computes something else");
}

TEST_F(MeasurementTest, WithoutTheFirstThereIsNothingToCompareWith) {
  std::vector<TimedObject> times = time({bad(traps), good()});
  EXPECT_NE(times[0].failure, "");
  EXPECT_NE(times[1].failure, "");
}

TEST(ChildProcess, StopsWhenToldTo) {
  std::atomic<bool> stop = true;
  std::vector<ChildResult> results =
      runChildren(3, 2, 60, stop, [](size_t, int) {
        for (;;)
          pause();
      });
  for (const ChildResult &result : results)
    EXPECT_TRUE(result.interrupted);
}

TEST(ChildProcess, CollectsWhatIsWritten) {
  std::string long_text(1 << 20, 'x');
  std::vector<ChildResult> results =
      runChildren(5, 2, 60, goOn, [&](size_t index, int descriptor) {
        std::string text = std::to_string(index) + long_text;
        writeAll(descriptor, text.data(), text.size());
      });
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].failure, "");
    EXPECT_EQ(results[i].output, std::to_string(i) + long_text);
  }
}
