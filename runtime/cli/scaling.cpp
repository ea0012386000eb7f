// scaling.cpp: see scaling.h.
#include "runtime/cli/scaling.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace lathe {

namespace {

double sum(const std::vector<double> &tasks) {
  return std::accumulate(tasks.begin(), tasks.end(), 0.0);
}

// Of the time; what holds a kernel back less is not worth a word.
constexpr double negligible = 0.05;
// Of what holds a kernel back: a cause that is named.
constexpr double major = 0.25;

} // namespace

double RecordedCall::total() const {
  double total = serial;
  for (const std::vector<double> &tasks : loops)
    total += sum(tasks);
  return total;
}

CoreTimes &CoreTimes::operator+=(const CoreTimes &other) {
  milliseconds += other.milliseconds;
  one += other.one;
  serial += other.serial;
  tasks += other.tasks;
  hand_off += other.hand_off;
  bandwidth += other.bandwidth;
  return *this;
}

double VirtualCores::makespan(const std::vector<double> &tasks,
                              double more) const {
  std::priority_queue<double, std::vector<double>, std::greater<double>> free(
      {}, std::vector<double>(size_t(cores_), 0.0));
  double end = 0;
  for (double task : tasks) {
    double done = free.top() + task + more;
    free.pop();
    free.push(done);
    end = std::max(end, done);
  }
  return end;
}

double VirtualCores::waiting(const std::vector<double> &tasks) const {
  return makespan(tasks) - sum(tasks) / cores_;
}

double VirtualCores::from_memory(double footprint) const {
  double caches = cores_ * costs_.l2_bytes + costs_.l3_bytes;
  return footprint > caches ? 1 - caches / footprint : 0;
}

CoreTimes VirtualCores::run(const RecordedCall &call, double bytes) const {
  CoreTimes times;
  times.one = call.total();
  times.milliseconds = times.one;
  if (cores_ == 1)
    return times;
  times.serial = call.serial - call.serial / cores_;
  for (const std::vector<double> &tasks : call.loops) {
    times.tasks += waiting(tasks);
    times.hand_off +=
        costs_.loop_ms + makespan(tasks, costs_.task_ms) - makespan(tasks);
  }
  double placed =
      times.one / cores_ + times.serial + times.tasks + times.hand_off;
  double gbytes = std::min(cores_ * costs_.one_gbytes, costs_.most_gbytes);
  // No more than one core could read in its time: the rest was in caches.
  bytes = std::min(bytes, costs_.one_gbytes * 1e6 * times.one);
  if (gbytes > 0)
    times.bandwidth = std::max(0.0, bytes / gbytes * 1e-6 - placed);
  times.milliseconds = placed + times.bandwidth;
  return times;
}

const std::vector<double> *VirtualCores::most_uneven(
    const std::vector<const RecordedCall *> &calls) const {
  const std::vector<double> *most = nullptr;
  double longest = -1;
  for (const RecordedCall *call : calls)
    for (const std::vector<double> &tasks : call->loops)
      if (double time = waiting(tasks); time > longest) {
        longest = time;
        most = &tasks;
      }
  return most;
}

std::string VirtualCores::tasks_reason(const std::vector<double> &tasks) const {
  double longest = *std::max_element(tasks.begin(), tasks.end());
  double total = sum(tasks);
  if (longest > 1.5 * total / double(tasks.size()) && longest > total / cores_)
    return fmt::format("tasks too large: the longest of {} is {:.0f} % of the "
                       "loop",
                       tasks.size(), 100 * longest / total);
  if (tasks.size() < size_t(cores_))
    return fmt::format("{} tasks", tasks.size());
  return fmt::format("{} tasks fill {} cores unevenly", tasks.size(), cores_);
}

std::string
VirtualCores::reason(const CoreTimes &times,
                     const std::vector<const RecordedCall *> &calls) const {
  const double held_back = times.held_back(cores_);
  if (held_back <= negligible * times.milliseconds)
    return "scales";
  const std::vector<double> *uneven = most_uneven(calls);
  auto serial = [&] {
    return uneven ? fmt::format("serial: {:.0f} % are outside parallel loops",
                                100 * times.serial / (1 - 1.0 / cores_) /
                                    times.one)
                  : "one task";
  };
  auto hand_off = [&] {
    return fmt::format("{}hand-off is {:.0f} % of the time",
                       times.hand_off > times.one / cores_ ? "small: " : "",
                       100 * times.hand_off / times.milliseconds);
  };
  std::vector<std::pair<double, std::string>> causes;
  auto add = [&](double time, auto words) {
    if (time >= major * held_back)
      causes.emplace_back(time, words());
  };
  add(times.serial, serial);
  add(times.tasks, [&] { return tasks_reason(*uneven); });
  add(times.hand_off, hand_off);
  add(times.bandwidth, [] { return "memory bandwidth"; });
  std::stable_sort(
      causes.begin(), causes.end(),
      [](const auto &a, const auto &b) { return a.first > b.first; });
  std::string text;
  for (const auto &[time, words] : causes)
    text += (text.empty() ? "" : "; ") + words;
  return text;
}

} // namespace lathe
