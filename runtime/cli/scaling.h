// scaling.h: how long tasks that ran on one thread take on several cores.
#pragma once

#include "runtime/cli/core_costs.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lathe {

// What one thread did up to the end of a kernel, in milliseconds.
struct RecordedCall {
  int32_t kernel = -1;                    // -1: outside kernels
  double serial = 0;                      // outside parallel loops
  std::vector<std::vector<double>> loops; // each task of each parallel loop

  double total() const;
};

// The time on several cores, and why it is more than a core's share of the time
// on one: milliseconds = one / cores + the four below.
struct CoreTimes {
  double milliseconds = 0;
  double one = 0;
  double serial = 0;    // one core works outside parallel loops
  double tasks = 0;     // cores wait for the last task of a loop
  double hand_off = 0;  // loops and tasks are handed out
  double bandwidth = 0; // operands arrive later than they could be used

  double held_back(int cores) const { return milliseconds - one / cores; }
  double without_bandwidth() const { return milliseconds - bandwidth; }
  CoreTimes &operator+=(const CoreTimes &other);
};

// Cores that run loops as ThreadPool does: each takes the next task as soon as
// it is free.
class VirtualCores {
public:
  VirtualCores(int cores, const CoreCosts &costs)
      : cores_(cores), costs_(costs) {}

  int count() const { return cores_; }
  // When the last task ends, each being `more` longer.
  double makespan(const std::vector<double> &tasks, double more = 0) const;
  // The share of operands that come from memory in a step which needs so many
  // bytes: those beyond the caches.
  double from_memory(double footprint) const;
  // The time of a call that gets so many bytes from memory.
  CoreTimes run(const RecordedCall &call, double bytes) const;
  // In words, the main cause first: what holds back calls that take `times`
  // altogether.
  std::string reason(const CoreTimes &times,
                     const std::vector<const RecordedCall *> &calls) const;

private:
  // The loop whose tasks keep cores waiting longest, or nullptr.
  const std::vector<double> *
  most_uneven(const std::vector<const RecordedCall *> &calls) const;
  double waiting(const std::vector<double> &tasks) const;
  std::string tasks_reason(const std::vector<double> &tasks) const;

  int cores_;
  CoreCosts costs_;
};

} // namespace lathe
