// scaling_test.cpp: where tasks go, what that costs, and how they are recorded.
#include "runtime/artifact.h"
#include "runtime/cli/scaling.h"
#include "runtime/cli/scaling_report.h"
#include "runtime/cli/task_recorder.h"
#include "runtime/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using lathe::CoreCosts;
using lathe::CoreTimes;
using lathe::RecordedCall;
using lathe::VirtualCores;
using Tasks = std::vector<double>;

RecordedCall call_of(double serial, std::vector<Tasks> loops) {
  RecordedCall call;
  call.kernel = 0;
  call.serial = serial;
  call.loops = std::move(loops);
  return call;
}

TEST(Scaling, TheNextTaskGoesToTheCoreThatIsFreeFirst) {
  VirtualCores two(2, {});
  EXPECT_DOUBLE_EQ(two.makespan({3, 1, 1, 1}), 3); // 3 | 1 1 1
  EXPECT_DOUBLE_EQ(two.makespan({1, 1, 1, 3}), 4); // 1 1 | 1 3
  EXPECT_DOUBLE_EQ(two.makespan({2, 5, 4, 1}), 6); // 2 4 | 5 1
  EXPECT_DOUBLE_EQ(VirtualCores(3, {}).makespan({2, 5, 4, 1}), 5);
  EXPECT_DOUBLE_EQ(VirtualCores(1, {}).makespan({2, 5, 4, 1}), 12);
}

TEST(Scaling, NoTasksTakeNoTime) {
  EXPECT_EQ(VirtualCores(4, {}).makespan({}), 0);
  CoreTimes times = VirtualCores(4, {}).run(call_of(0, {}), 0);
  EXPECT_EQ(times.milliseconds, 0);
  EXPECT_EQ(times.held_back(4), 0);
}

TEST(Scaling, OneGiantTaskIsTheLeastThatALoopTakes) {
  Tasks tasks(64, 1.0);
  tasks.back() = 100;
  for (int cores : {2, 16, 64})
    EXPECT_GE(VirtualCores(cores, {}).makespan(tasks), 100);
  EXPECT_DOUBLE_EQ(VirtualCores(16, {}).makespan(tasks), 103); // 63 in 4 rounds
  std::swap(tasks.front(), tasks.back());
  EXPECT_DOUBLE_EQ(VirtualCores(16, {}).makespan(tasks), 100);
}

TEST(Scaling, EqualTasksTakeAsManyRoundsAsCoresNeed) {
  for (int count : {1, 7, 16, 17, 100}) {
    double before = 1e9;
    for (int cores = 1; cores <= 64; ++cores) {
      double time = VirtualCores(cores, {}).makespan(Tasks(size_t(count), 0.5));
      EXPECT_DOUBLE_EQ(time, 0.5 * ((count - 1) / cores + 1));
      EXPECT_LE(time, before);
      before = time;
    }
  }
}

TEST(Scaling, LoopsAndTasksAreHandedOut) {
  CoreCosts costs;
  costs.loop_ms = 0.5;
  costs.task_ms = 0.1;
  RecordedCall call = call_of(0, {{1, 1, 1, 1}});
  CoreTimes times = VirtualCores(2, costs).run(call, 0);
  EXPECT_DOUBLE_EQ(times.milliseconds, 0.5 + 2 * 1.1);
  EXPECT_DOUBLE_EQ(times.hand_off, 0.7);
  // One core has nobody to hand anything to.
  EXPECT_DOUBLE_EQ(VirtualCores(1, costs).run(call, 0).milliseconds, 4);
}

TEST(Scaling, CoresShareTheBandwidthOfMemory) {
  CoreCosts costs;
  costs.one_gbytes = 10;
  costs.most_gbytes = 40;
  RecordedCall call = call_of(0, {Tasks(64, 1.0)});
  const double bytes = 600e6; // 60 ms for one core, 15 ms for all
  auto time = [&](int cores) {
    return VirtualCores(cores, costs).run(call, bytes);
  };
  EXPECT_DOUBLE_EQ(time(1).milliseconds, 64);
  EXPECT_DOUBLE_EQ(time(2).milliseconds, 32);
  EXPECT_DOUBLE_EQ(time(4).milliseconds, 16);
  EXPECT_DOUBLE_EQ(time(4).bandwidth, 0);
  EXPECT_DOUBLE_EQ(time(8).milliseconds, 15);
  EXPECT_DOUBLE_EQ(time(8).bandwidth, 7);
  EXPECT_DOUBLE_EQ(time(8).without_bandwidth(), 8);
  EXPECT_DOUBLE_EQ(time(64).milliseconds, 15);
  // Of more bytes than one core can have read in 64 ms, some were in caches.
  EXPECT_DOUBLE_EQ(VirtualCores(8, costs).run(call, 6000e6).milliseconds, 16);
}

TEST(Scaling, CachesHoldOperands) {
  CoreCosts costs;
  costs.l2_bytes = 2e6;
  costs.l3_bytes = 20e6;
  EXPECT_EQ(VirtualCores(2, costs).from_memory(24e6), 0);
  EXPECT_DOUBLE_EQ(VirtualCores(2, costs).from_memory(32e6), 0.25);
  EXPECT_DOUBLE_EQ(VirtualCores(6, costs).from_memory(32e6), 0);
  EXPECT_EQ(VirtualCores(2, {}).from_memory(1), 1);
}

TEST(Scaling, WhatHoldsBackAddsUp) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> any(0, 1);
  CoreCosts costs;
  costs.loop_ms = 0.1;
  costs.task_ms = 0.01;
  costs.one_gbytes = 10;
  costs.most_gbytes = 30;
  for (int i = 0; i < 100; ++i) {
    RecordedCall call = call_of(any(random), {});
    for (int loop = 0; loop < i % 4; ++loop) {
      Tasks tasks(1 + random() % 50);
      std::generate(tasks.begin(), tasks.end(), [&] { return any(random); });
      call.loops.push_back(tasks);
    }
    for (int cores : {1, 2, 16}) {
      CoreTimes times = VirtualCores(cores, costs).run(call, 1e7 * i);
      EXPECT_NEAR(times.held_back(cores),
                  times.serial + times.tasks + times.hand_off + times.bandwidth,
                  1e-9);
      EXPECT_GE(times.milliseconds, times.one / cores - 1e-9);
    }
  }
}

TEST(Scaling, SaysWhatHoldsBack) {
  CoreCosts costs;
  costs.loop_ms = 0.01;
  costs.one_gbytes = 10;
  costs.most_gbytes = 20;
  Tasks one_long(61, 1.0);
  one_long[0] = 40;
  for (const auto &[call, bytes, reason] :
       std::vector<std::tuple<RecordedCall, double, std::string>>{
           {call_of(5, {}), 0, "one task"},
           {call_of(0, {Tasks(64, 1.0)}), 0, "scales"},
           {call_of(0, {Tasks(4, 1.0)}), 0, "4 tasks"},
           {call_of(0, {Tasks(17, 1.0)}), 0, "17 tasks fill 16 cores unevenly"},
           {call_of(0, {Tasks(64, 1.0), one_long}), 0,
            "tasks too large: the longest of 61 is 40 % of the loop"},
           {call_of(0, {Tasks(16, 0.005)}), 0,
            "small: hand-off is 67 % of the time"},
           {call_of(0, {Tasks(16, 0.04)}), 0, "hand-off is 20 % of the time"},
           {call_of(16, {Tasks(64, 1.0)}), 0,
            "serial: 20 % are outside parallel loops"},
           {call_of(0, {Tasks(64, 1.0)}), 1e9, "memory bandwidth"},
           {call_of(0, {Tasks(4, 5.0)}), 200e6, "memory bandwidth; 4 tasks"},
       }) {
    VirtualCores cores(16, costs);
    EXPECT_EQ(cores.reason(cores.run(call, bytes), {&call}), reason);
  }
}

// As a kernel of an artifact does: loops with work that cannot be left out.
int add(void *closure, int i) {
  volatile int *sum = static_cast<int *>(closure);
  for (int round = 0; round < 2000; ++round)
    *sum = *sum + i;
  return 0;
}

int add_in_a_loop(void *closure, int) {
  return lathe_parallel_for(add, closure, 1, 2);
}

TEST(TaskRecorder, TellsKernelsLoopsAndTasks) {
  int sum = 0;
  auto calls = lathe::record_tasks([&] {
    lathe_watch_kernel(nullptr, -1);
    lathe_parallel_for(add, &sum, 5, 3); // of kernel 7
    lathe_parallel_for(add_in_a_loop, &sum, 0, 2);
    lathe_watch_kernel(nullptr, 7);
    add(&sum, 1);
    lathe_watch_kernel(nullptr, 2);
  });
  EXPECT_EQ(sum, 2000 * (5 + 6 + 7 + 2 * (1 + 2) + 1));
  EXPECT_EQ(lathe_watch_kernel, nullptr);
  EXPECT_EQ(lathe_parallel_for, nullptr);
  ASSERT_EQ(calls.size(), 4u);
  EXPECT_EQ(calls[0].kernel, -1);
  EXPECT_EQ(calls[1].kernel, 7);
  EXPECT_EQ(calls[2].kernel, 2);
  EXPECT_EQ(calls[3].kernel, -1);       // behind the last kernel
  ASSERT_EQ(calls[1].loops.size(), 2u); // the inner ones are their tasks'
  EXPECT_EQ(calls[1].loops[0].size(), 3u);
  EXPECT_EQ(calls[1].loops[1].size(), 2u);
  for (const Tasks &tasks : calls[1].loops)
    for (double task : tasks)
      EXPECT_GT(task, 0);
  EXPECT_TRUE(calls[2].loops.empty());
  EXPECT_GT(calls[2].serial, 0);
}

TEST(TaskRecorder, EndsWithAStepThatThrows) {
  EXPECT_THROW(lathe::record_tasks([] { throw std::runtime_error("step"); }),
               std::runtime_error);
  EXPECT_EQ(lathe_watch_kernel, nullptr);
  EXPECT_EQ(lathe_parallel_for, nullptr);
}

TEST(TaskRecorder, PassesOnTheStatusOfATask) {
  int status = 0;
  lathe::record_tasks([&] {
    status = lathe_parallel_for([](void *, int i) { return i == 1 ? -7 : 0; },
                                nullptr, 0, 3);
  });
  EXPECT_EQ(status, -7);
}

TEST(TaskRecorder, KeepsTheShorterTimeOfEachTask) {
  std::vector<RecordedCall> best = {call_of(2, {{1, 5}, {4}})};
  EXPECT_TRUE(lathe::keep_shorter(best, {call_of(3, {{2, 3}, {1}})}));
  EXPECT_EQ(best[0].serial, 2);
  EXPECT_EQ(best[0].loops, (std::vector<Tasks>{{1, 3}, {1}}));
  // Another number of tasks, or another kernel.
  EXPECT_FALSE(lathe::keep_shorter(best, {call_of(0, {{0}, {0}})}));
  RecordedCall other = call_of(0, {{0, 0}, {0}});
  other.kernel = 1;
  EXPECT_FALSE(lathe::keep_shorter(best, {other}));
  EXPECT_EQ(best[0].loops, (std::vector<Tasks>{{1, 3}, {1}}));
}

TEST(ScalingRun, StepsThatEndEarlyAreRepeated) {
  int steps = 0;
  auto run = lathe::measure_scaling([&] { return ++steps % 3 == 0; }, 2, 0);
  EXPECT_EQ(run.recorded, 3u);
  EXPECT_EQ(run.one_thread.milliseconds.size(), 3u);
  EXPECT_EQ(run.all_threads.milliseconds.size(), 3u);
  EXPECT_EQ(steps, 27);
  EXPECT_THROW(lathe::measure_scaling([] { return false; }, 2, 0),
               lathe::Error);
}

} // namespace
