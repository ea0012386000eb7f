// profile.h: the time of each kernel of a step.
#pragma once

#include "runtime/artifact.h"
#include "runtime/cli/roofline.h"
#include "runtime/cli/timings.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace lathe {

struct StepProfile {
  Timings times; // of the whole step
  // The longest first: calls, milliseconds and share of a step, GFLOP/s, GB/s,
  // the share of the roofline, operations and schedule.
  nlohmann::ordered_json kernels;
};

// Runs `step`, a step of `model` on n samples in so many `parts`, for
// `seconds`.
StepProfile profile_step(const lathe_model &model, int32_t n, int32_t parts,
                         const Roofline &roofline, double seconds,
                         const std::function<void()> &step);

// The kernels as a table.
std::string profile_table(const nlohmann::ordered_json &kernels);

} // namespace lathe
