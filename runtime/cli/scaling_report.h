// scaling_report.h: what a step would take on more cores, and what holds it
// back.
#pragma once

#include "runtime/artifact.h"
#include "runtime/cli/scaling.h"
#include "runtime/cli/timings.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace lathe {

// A step on one thread, task by task, and as it is.
struct ScalingRun {
  std::vector<RecordedCall> calls; // the shortest time of each task
  size_t recorded = 0;             // steps
  Timings one_thread;
  Timings all_threads; // empty where there is one thread alone
};

// Runs a step for `seconds` in three ways, in turns, so that what disturbs the
// machine disturbs all. `step` returns false where it ended early; such steps
// are repeated. Throws Error where they all do.
ScalingRun measure_scaling(const std::function<bool()> &step, int threads,
                           double seconds);

struct ScalingQuestion {
  int cores;        // for which kernels are listed
  int threads;      // of the measured run
  double samples;   // of a call
  double footprint; // bytes of memory that the step needs
  CoreCosts costs;
};

// measured: milliseconds by threads; predicted: milliseconds, speed-up and
// efficiency by cores; kernels: those that hold the step back most first.
nlohmann::ordered_json scaling_json(const lathe_model &model,
                                    const ScalingRun &run,
                                    const ScalingQuestion &question);

// The same as two tables.
std::string scaling_text(const std::string &step,
                         const nlohmann::ordered_json &json, int cores);

} // namespace lathe
