// core_costs.cpp: see core_costs.h.
#include "runtime/cli/core_costs.h"
#include "runtime/artifact.h"
#include "runtime/cli/roofline.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace lathe {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

constexpr double much_too_long = 1; // ms to hand out a loop

// A loop of as many tasks as threads is handed out when all have begun.
struct Meeting {
  int expected;
  std::atomic<int> arrived{0};

  static int join(void *closure, int) {
    auto *meeting = static_cast<Meeting *>(closure);
    ++meeting->arrived;
    auto start = Clock::now();
    while (meeting->arrived < meeting->expected && since(start) < much_too_long)
      ;
    return 0;
  }
};

// The least mean of some rounds, as others' work may be in the way.
template <typename Loop>
double shortest(Loop loop) {
  constexpr int rounds = 30, loops = 20;
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    auto start = Clock::now();
    for (int i = 0; i < loops; ++i)
      loop();
    best = std::min(best, since(start) / loops);
  }
  return best;
}

double loop_cost(int threads) {
  return shortest([=] {
    Meeting meeting{threads};
    lathe_parallel_for(Meeting::join, &meeting, 0, threads);
  });
}

double task_cost(int threads) {
  constexpr int many = 200; // more for each thread
  auto empty_loop = [=](int tasks) {
    return shortest([=] {
      lathe_parallel_for([](void *, int) { return 0; }, nullptr, 0, tasks);
    });
  };
  double few = empty_loop(threads);
  return std::max(0.0, empty_loop((1 + many) * threads) - few) / many;
}

double cache_size(int name) {
  return double(std::max(0L, sysconf(name))); // 0 where it is not known
}

} // namespace

MeasuredCosts measure_core_costs(int threads, double most_gbytes) {
  MeasuredCosts measured = {{}, threads, false, most_gbytes > 0};
  CoreCosts &costs = measured.costs;
  if (threads > 1) {
    costs.loop_ms = loop_cost(threads);
    costs.task_ms = task_cost(threads);
    measured.is_hand_off_measured = costs.loop_ms < much_too_long / 2;
  }
  if (!measured.is_hand_off_measured) {
    costs.loop_ms = 2e-3; // about what ThreadPool needs
    costs.task_ms = 5e-5;
  }
  costs.one_gbytes = measure_roofline(1).gigabytes;
  costs.most_gbytes =
      most_gbytes > 0
          ? most_gbytes
          : std::max(costs.one_gbytes, measure_roofline(threads).gigabytes);
#ifdef _SC_LEVEL2_CACHE_SIZE
  costs.l2_bytes = cache_size(_SC_LEVEL2_CACHE_SIZE);
  costs.l3_bytes = cache_size(_SC_LEVEL3_CACHE_SIZE);
#endif
  return measured;
}

std::string MeasuredCosts::text() const {
  const std::string with = fmt::format("measured with {} thread{}", threads,
                                       threads == 1 ? "" : "s");
  return fmt::format(
      "hand-off: {:.2f} us a loop and {:.3f} us a task, {}\n"
      "memory: one core reads {:.1f} GB/s, all cores together at most {:.1f} "
      "GB/s, {}\n"
      "caches: {:.1f} MiB L2 a core, {:.1f} MiB L3; what a step needs beyond "
      "them is assumed to come from memory each time\n",
      1e3 * costs.loop_ms, 1e3 * costs.task_ms,
      is_hand_off_measured ? with + " and assumed for more cores"
                           : "assumed, as it cannot be measured here",
      costs.one_gbytes, costs.most_gbytes,
      is_bandwidth_given ? "as --bandwidth says"
                         : with + "; more cores are assumed to get no more "
                                  "(--bandwidth if they do)",
      costs.l2_bytes / (1 << 20), costs.l3_bytes / (1 << 20));
}

nlohmann::ordered_json MeasuredCosts::json() const {
  return {{"hand_off",
           {{"loop_us", 1e3 * costs.loop_ms},
            {"task_us", 1e3 * costs.task_ms},
            {"measured", is_hand_off_measured}}},
          {"one_core_gbytes", costs.one_gbytes},
          {"all_cores_gbytes", costs.most_gbytes},
          {"l2_bytes", costs.l2_bytes},
          {"l3_bytes", costs.l3_bytes}};
}

} // namespace lathe
