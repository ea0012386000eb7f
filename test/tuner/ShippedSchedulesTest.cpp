//===- ShippedSchedulesTest.cpp - The text form of schedules --------------===//
#include "compiler/tuner/ShippedSchedules.h"
#include "compiler/codegen/Codegen.h"
#include <gtest/gtest.h>

using namespace lathe;

static std::string failure(llvm::StringRef text) {
  auto entries = parseShippedSchedules(text);
  return entries ? "" : llvm::toString(entries.takeError());
}

TEST(ShippedSchedules, PrintAndParse) {
  ShippedSchedule entry = {
      32, 2, "(nx4xf32);relu(0)", {"elementwise", {{"task_rows", 5}}}};
  auto entries = llvm::cantFail(
      parseShippedSchedules("# why\n\n" + printShippedSchedule(entry)));
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].batch, 32);
  EXPECT_EQ(entries[0].threads, 2u);
  EXPECT_EQ(entries[0].signature, entry.signature);
  EXPECT_EQ(entries[0].schedule, entry.schedule);
}

TEST(ShippedSchedules, ErrorsHaveTheLine) {
  EXPECT_EQ(failure("\n  direct{}\n"),
            "line 2: 'batch=N threads=N SIGNATURE' is expected");
  EXPECT_EQ(failure("batch=0 threads=2 (x)\n"),
            "line 1: 'batch=N threads=N SIGNATURE' is expected");
  EXPECT_EQ(failure("batch=1 threads=2 (x)\nbatch=1 threads=2 (y)\n"),
            "line 2: a schedule is expected, indented");
  EXPECT_EQ(failure("batch=1 threads=2 (x)\n  direct{a=}\n"),
            "line 2: this is not a schedule");
}

TEST(ShippedSchedules, FilesAreRight) {
  EXPECT_FALSE(shippedFiles().empty());
  for (const ShippedFile &file : shippedFiles()) {
    EXPECT_EQ(failure(file.text), "") << file.target.str();
    auto target = resolveTarget(file.target);
    EXPECT_TRUE(bool(target)) << "a file that no target reads";
    llvm::consumeError(target.takeError());
  }
}

TEST(ShippedSchedules, AreFoundByKernelTargetAndBatch) {
  for (const ShippedFile &file : shippedFiles())
    for (const ShippedSchedule &entry :
         llvm::cantFail(parseShippedSchedules(file.text))) {
      TuningKey key = {entry.signature, file.target.str(), "any", entry.batch,
                       entry.threads};
      EXPECT_EQ(shippedSchedule(key), entry.schedule);
      key.batch += 1000000;
      EXPECT_FALSE(shippedSchedule(key));
    }
}
