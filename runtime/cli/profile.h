// profile.h: the time of each kernel of a step.
#pragma once

#include "runtime/artifact.h"
#include "runtime/cli/roofline.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

namespace lathe {

// Runs `step`, a step of `model` on n samples in so many `parts`, for
// `seconds`, and describes its kernels, the longest first: calls, milliseconds
// and share of a step, GFLOP/s, GB/s, the share of the roofline, operations and
// schedule.
nlohmann::ordered_json profile_step(const lathe_model &model, int32_t n,
                                    int32_t parts, const Roofline &roofline,
                                    double seconds,
                                    const std::function<void()> &step);

// The same as a table.
std::string profile_table(const nlohmann::ordered_json &kernels);

} // namespace lathe
