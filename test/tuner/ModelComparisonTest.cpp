//===- ModelComparisonTest.cpp - What is kept of a search -----------------===//
#include "compiler/tuner/ModelComparison.h"
#include "compiler/tuner/BusyMachine.h"
#include "test/runtime/temporary_folder.h"
#include <gtest/gtest.h>

using namespace lathe;

namespace {
const kernels::Schedule found = {"found", {}};

/// Three kernels, of training steps, of predictions and of both, for each of
/// which this run has found a schedule.
class Verdict : public testing::Test {
protected:
  Verdict() {
    for (auto [trains, predicts] :
         {std::pair(true, false), std::pair(false, true),
          std::pair(true, true)}) {
      kernels::KernelSpec spec;
      spec.inputs = {{kernels::ElementType::F32, {4, 4}}};
      spec.nodes = {{"relu", {}, {0}, spec.inputs}};
      spec.results = {1};
      TuningKey key = {std::to_string(tasks.size()), "x86-64-v3", "cpu", 1, 1};
      auto task = std::make_unique<TuningTask>(exec::KernelOp(), spec, key,
                                               Isa::X86_64_V3);
      task->trains = trains;
      task->predicts = predicts;
      task->improved = true;
      task->best = found;
      llvm::cantFail(database.store(key, {found, 2, 1}));
      tasks.push_back(std::move(task));
    }
  }

  /// What is taken back when the steps have gained so much.
  std::vector<TuningTask *> slower(double train, double predict) {
    ModelComparison compared;
    compared.train = {{{10, 11}}, {{10 / train, 11 / train}}};
    compared.predict = {{{3, 3.1}}, {{3 / predict, 3.1 / predict}}};
    return slowerTasks(tasks, compared);
  }
  using Tasks = std::vector<TuningTask *>;

  TemporaryFolder folder;
  Database database =
      llvm::cantFail(Database::open(folder / "tuning.db", Database::Write));
  TuningTasks tasks;
};

TEST_F(Verdict, KeepsWhatIsNowhereSlower) {
  EXPECT_EQ(slower(1.2, 1.1), Tasks());
  EXPECT_EQ(slower(1.2, 0.995), Tasks()); // within what measurements differ by
}

TEST_F(Verdict, TakesBackByStep) {
  EXPECT_EQ(slower(0.95, 1.3), Tasks{tasks[0].get()});
  EXPECT_EQ(slower(1.3, 0.95), Tasks{tasks[1].get()});
  // A step that is slower still owes it to the kernels that it shares.
  llvm::cantFail(takeBack(slower(0.95, 1.3), database));
  EXPECT_EQ(slower(0.95, 1.3), Tasks{tasks[2].get()});
}

TEST_F(Verdict, TakesBackEverythingWithoutAGain) {
  EXPECT_EQ(slower(0.9, 1.05).size(), 3u);
  EXPECT_EQ(slower(0.9, 0.9).size(), 3u);
}

TEST_F(Verdict, RestoresWhatWasKnown) {
  tasks[1]->stored = TunedSchedule{{"earlier", {}}, 2, 1.5};
  tasks[1]->before = tasks[1]->stored->schedule;
  llvm::cantFail(takeBack(improvedTasks(tasks), database));
  EXPECT_EQ(improvedTasks(tasks), Tasks());
  EXPECT_FALSE(llvm::cantFail(database.find(tasks[0]->key)));
  EXPECT_EQ(tasks[0]->best, tasks[0]->defaultSchedule());
  EXPECT_EQ(llvm::cantFail(database.find(tasks[1]->key))->schedule.strategy,
            "earlier");
  EXPECT_EQ(tasks[1]->best.strategy, "earlier");
}

TEST(StepTimes, SpreadIsOfTheSameCode) {
  ModelComparison compared;
  compared.train = {{{10, 10.5, 12}}, {{5, 5}}};
  EXPECT_DOUBLE_EQ(compared.spread(), 0.2);
  EXPECT_DOUBLE_EQ(compared.gain(), 2); // there is no prediction
}

TEST(BusyMachine, CountsProcessors) {
  auto before = parseProcessorTime("cpu  100 0 50 1000 10 5 5 0 100 0\n"
                                   "cpu0 50 0 25 500 5 2 2 0 50 0\n"
                                   "cpu1 50 0 25 500 5 3 3 0 50 0\nintr 1\n");
  auto after = parseProcessorTime("cpu  160 0 60 1020 20 5 5 0 100 0\n"
                                  "cpu0 50 0 25 500 5 2 2 0 50 0\n"
                                  "cpu1 50 0 25 500 5 3 3 0 50 0\n");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->processors, 2u);
  EXPECT_DOUBLE_EQ(busyProcessors(*before, *after), 2 * 70. / 100);
  EXPECT_EQ(busyProcessors(*before, *before), 0);
  EXPECT_FALSE(parseProcessorTime("cpu  1 x 3 4 5 6 7 8\n"));
  EXPECT_FALSE(parseProcessorTime("memory 5\n"));
}
} // namespace
