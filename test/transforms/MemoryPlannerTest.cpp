//===- MemoryPlannerTest.cpp - Buffers in use together do not overlap -----===//
#include "compiler/transforms/MemoryPlanner.h"
#include <gtest/gtest.h>
#include <random>

using lathe::MemoryPlanner;

TEST(MemoryPlanner, emptyArenaHasNoSize) {
  EXPECT_EQ(MemoryPlanner(64).plan(), 0);
}

TEST(MemoryPlanner, sharesMemoryBetweenLivesThatDoNotMeet) {
  MemoryPlanner planner(64);
  int a = planner.add(256, 0, 1);
  int b = planner.add(256, 2, 3);
  EXPECT_EQ(planner.plan(), 256);
  EXPECT_EQ(planner.offset(a), planner.offset(b));
}

TEST(MemoryPlanner, keepsApartWhatMeetsInOneStep) {
  MemoryPlanner planner(64);
  planner.add(256, 0, 2);
  planner.add(256, 2, 3);
  EXPECT_EQ(planner.plan(), 512);
}

TEST(MemoryPlanner, fillsTheGapOfAnEarlierBuffer) {
  MemoryPlanner planner(64);
  planner.add(1024, 0, 1);
  int late = planner.add(512, 2, 3);
  int alsoLate = planner.add(448, 2, 3);
  EXPECT_EQ(planner.plan(), 1024);
  EXPECT_EQ(planner.offset(late), 0);
  EXPECT_EQ(planner.offset(alsoLate), 512);
}

TEST(MemoryPlanner, randomBuffersNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    struct Buffer {
      int64_t size, first, last;
    };
    std::vector<Buffer> buffers;
    MemoryPlanner planner(64);
    int count = 1 + random() % 40;
    for (int i = 0; i < count; ++i) {
      int64_t first = random() % 50;
      buffers.push_back({1 + int64_t(random() % 5000), first,
                         first + int64_t(random() % 10)});
      planner.add(buffers[i].size, buffers[i].first, buffers[i].last);
    }
    int64_t total = planner.plan();
    EXPECT_GE(total, planner.lowerBound());
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(planner.offset(i) % 64, 0);
      EXPECT_LE(planner.offset(i) + buffers[i].size, total);
      for (int j = 0; j < i; ++j) {
        bool meet = buffers[i].first <= buffers[j].last &&
                    buffers[j].first <= buffers[i].last;
        bool overlap =
            planner.offset(i) < planner.offset(j) + buffers[j].size &&
            planner.offset(j) < planner.offset(i) + buffers[i].size;
        EXPECT_FALSE(meet && overlap) << "round " << round;
      }
    }
  }
}
