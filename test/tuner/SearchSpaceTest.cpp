//===- SearchSpaceTest.cpp - Neighbours of a schedule ---------------------===//
#include "compiler/tuner/SearchSpace.h"
#include "test/kernels/SpecBuilder.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace lathe;

namespace {
const kernels::Geometry geometry = {14, 14, 64, 128, 3, 3, 1, 1, 1, 1, 1, 1};

kernels::KernelSpec forward() {
  kernels::SpecBuilder b("forward");
  int x = b.input(geometry.x()), w = b.input(geometry.w());
  return b.finish(
      {b.op("conv2d", {x, w}, {geometry.y()}, geometry.attributes())});
}

kernels::KernelSpec backwardWeights() {
  kernels::SpecBuilder b("backward_weights");
  int x = b.input(geometry.x()), dy = b.input(geometry.y());
  return b.finish({b.op("conv2d_backward_weights", {x, dy}, {geometry.w()},
                        geometry.attributes())});
}

std::vector<std::string> strategies(const SearchSpace &space) {
  std::vector<std::string> names;
  for (const kernels::Schedule &schedule : space.defaults())
    names.push_back(schedule.strategy);
  std::sort(names.begin(), names.end());
  return names;
}

bool contains(const std::vector<kernels::Schedule> &schedules,
              const kernels::Schedule &schedule) {
  return std::find(schedules.begin(), schedules.end(), schedule) !=
         schedules.end();
}
} // namespace

TEST(SearchSpace, BeginsWithTheDefaultOfEachStrategy) {
  kernels::KernelSpec conv = forward(), weights = backwardWeights();
  SearchSpace space(conv, Isa::X86_64_V4, 1);
  EXPECT_EQ(strategies(space), (std::vector<std::string>{"blocked", "direct"}));
  EXPECT_EQ(space.defaults().front(),
            kernels::defaultSchedule(conv, Isa::X86_64_V4));
  EXPECT_EQ(strategies(SearchSpace(weights, Isa::X86_64_V4, 1)),
            (std::vector<std::string>{"tiled", "winograd"}));
}

TEST(SearchSpace, StepsEachParameter) {
  kernels::KernelSpec spec = forward();
  SearchSpace space(spec, Isa::X86_64_V4, 1024);
  kernels::Schedule schedule = space.defaults().front();
  std::vector<kernels::Schedule> neighbours = space.neighbours(schedule);
  schedule.parameters["task_images"] *= 2;
  EXPECT_TRUE(contains(neighbours, schedule));
  schedule.parameters["task_images"] /= 2;
  EXPECT_FALSE(contains(neighbours, schedule))
      << "it is no neighbour of itself";
}

TEST(SearchSpace, LeavesOutTilesBeyondTheRegisters) {
  kernels::KernelSpec spec = forward();
  SearchSpace space(spec, Isa::X86_64_V4, 1024);
  kernels::Schedule schedule = space.defaults().front();
  schedule.parameters["channel_vectors"] = 4;
  schedule.parameters["columns"] = 14;
  EXPECT_FALSE(space.plausible(schedule));
  for (const kernels::Schedule &other : space.neighbours(schedule))
    EXPECT_TRUE(space.plausible(other)) << kernels::toString(other);
}

TEST(SearchSpace, LeavesOutWhatTheKernelRefuses) {
  kernels::KernelSpec spec = forward();
  SearchSpace space(spec, Isa::X86_64_V4, 1024);
  kernels::Schedule schedule = space.defaults().front();
  schedule.parameters["columns"] = 15; // of 14
  EXPECT_NE(kernels::refusal(spec, schedule, Isa::X86_64_V4), "");
  EXPECT_FALSE(space.plausible(schedule));
  EXPECT_FALSE(space.plausible({"unheard_of", {}}));
}

TEST(SearchSpace, DoesNotDistinguishTasksOfAllImages) {
  kernels::KernelSpec spec = forward();
  SearchSpace space(spec, Isa::X86_64_V4, 4);
  kernels::Schedule schedule = space.defaults().front();
  schedule.parameters["task_images"] = 8;
  for (const kernels::Schedule &other : space.neighbours(schedule))
    EXPECT_LE(other.parameters.at("task_images"), 8);
}

TEST(SearchSpace, TasksStayWholeTiles) {
  kernels::KernelSpec spec = backwardWeights();
  SearchSpace space(spec, Isa::X86_64_V4, 1024);
  for (const kernels::Schedule &start : space.defaults())
    for (const kernels::Schedule &other : space.neighbours(start)) {
      int64_t task = other.parameters.at("task_in_channels");
      EXPECT_EQ(task % other.parameters.at("in_channels"), 0);
    }
}

TEST(CostModel, PrefersFullRegistersWithoutSpilling) {
  kernels::KernelSpec spec = forward();
  auto cost = [&](int64_t vectors, int64_t columns) {
    kernels::Schedule schedule{
        "direct",
        {{"channel_vectors", vectors}, {"columns", columns}, {"rows", 1}}};
    return kernels::scheduleCost(spec, schedule, Isa::X86_64_V4);
  };
  EXPECT_LT(cost(2, 14), cost(1, 2));
  EXPECT_LT(cost(2, 14), cost(4, 14)) << "56 accumulators in 32 registers";
  EXPECT_LT(cost(2, 7), cost(2, 8)) << "8 columns do not divide 14";
}

TEST(Work, CountsMultiplyAdds) {
  EXPECT_EQ(kernels::multiplyAdds(forward(), 3), 3.0 * 14 * 14 * 128 * 64 * 9);
  EXPECT_EQ(kernels::multiplyAdds(backwardWeights(), 3),
            3.0 * 14 * 14 * 128 * 64 * 9);
  kernels::SpecBuilder w3("winograd");
  int image = w3.input(geometry.x()),
      u = w3.input(
          kernels::f32({36, geometry.inChannels, geometry.outChannels}));
  EXPECT_EQ(kernels::multiplyAdds(
                w3.finish({w3.op("winograd_conv2d", {image, u}, {geometry.y()},
                                 {{"padding", kernels::list({1, 1, 1, 1})}})}),
                3),
            3.0 * 14 * 14 * 128 * 64 * 9);
  kernels::SpecBuilder b("dense");
  int x = b.input(kernels::f32({-1, 20})), w = b.input(kernels::f32({20, 5}));
  EXPECT_EQ(kernels::multiplyAdds(
                b.finish({b.op("dense", {x, w}, {kernels::f32({-1, 5})})}), 7),
            7.0 * 20 * 5);
  kernels::SpecBuilder r("relu");
  int y = r.input(kernels::f32({-1, 20}));
  EXPECT_EQ(kernels::multiplyAdds(
                r.finish({r.op("relu", {y}, {kernels::f32({-1, 20})})}), 7),
            0);
}
