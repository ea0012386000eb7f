// core_costs.h: what running on several cores costs, and what they share.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace lathe {

struct CoreCosts {
  double loop_ms = 0;     // to hand out a loop and wait for its last task
  double task_ms = 0;     // to take a task
  double one_gbytes = 0;  // that one core reads from memory in a second
  double most_gbytes = 0; // that all cores read, however many
  double l2_bytes = 0;    // of each core
  double l3_bytes = 0;    // of all cores
};

struct MeasuredCosts {
  CoreCosts costs;
  int threads;
  bool is_hand_off_measured;
  bool is_bandwidth_given;

  std::string text() const;
  nlohmann::ordered_json json() const;
};

// Measures this machine with lathe_parallel_for, which has so many threads.
// With one, there is no hand-off to be measured. `most_gbytes` is that of a
// machine to predict for, or 0: the same as here.
MeasuredCosts measure_core_costs(int threads, double most_gbytes);

} // namespace lathe
