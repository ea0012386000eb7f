//===- SearchSpace.cpp - Which schedules are worth a trial ----------------===//
#include "compiler/tuner/SearchSpace.h"
#include <algorithm>

using namespace lathe;
using kernels::Schedule;

/// A tile is a guess away from being good: estimates were seen wrong by half.
static constexpr double costLimit = 1.6;

SearchSpace::SearchSpace(const kernels::KernelSpec &spec,
                         const Machine &machine, int64_t samples)
    : spec(spec), machine(machine), samples(samples),
      strategies(kernels::strategySchedules(spec, machine)),
      defaultCost(cost(strategies.front())) {}

double SearchSpace::cost(const Schedule &schedule) const {
  return kernels::scheduleCost(spec, schedule, machine, samples);
}

bool SearchSpace::plausible(const Schedule &schedule) const {
  return cost(schedule) <= costLimit * defaultCost &&
         kernels::refusal(spec, schedule, machine).empty();
}

namespace {
class Moves {
public:
  Moves(const Schedule &from, int64_t samples) : from(from), samples(samples) {}

  void stepEach() {
    for (const auto &[name, value] : from.parameters)
      for (int64_t other : {value - 1, value + 1, value / 2, value * 2})
        if (other >= 0 && !bothHoldAll(name, value, other))
          add({{name, other}});
  }

  /// Tiles that trade vectors of channels for positions. What the tile has to
  /// divide, or to fit into, follows it.
  void otherTiles() {
    static const char *const pairs[][2] = {{"channel_vectors", "columns"},
                                           {"column_vectors", "rows"},
                                           {"channel_vectors", "in_channels"}};
    for (auto [vectors, steps] : pairs) {
      if (!from.parameters.count(vectors) || !from.parameters.count(steps))
        continue;
      for (int64_t wide = 1; wide <= 4; ++wide)
        for (int64_t count = 1; count <= 28 / wide; ++count)
          add({{vectors, wide}, {steps, count}});
    }
  }

  std::vector<Schedule> take() { return std::move(found); }

private:
  void add(const std::map<std::string, int64_t> &changes) {
    Schedule schedule = from;
    for (const auto &[name, value] : changes)
      schedule.parameters[name] = value;
    follow(schedule, "in_channels", "task_in_channels");
    if (schedule != from &&
        std::find(found.begin(), found.end(), schedule) == found.end())
      found.push_back(std::move(schedule));
  }

  /// A task holds whole tiles.
  static void follow(Schedule &schedule, const char *tile, const char *task) {
    auto size = schedule.parameters.find(tile),
         whole = schedule.parameters.find(task);
    if (size == schedule.parameters.end() ||
        whole == schedule.parameters.end() || size->second < 1)
      return;
    whole->second =
        std::max<int64_t>(1, whole->second / size->second) * size->second;
  }

  /// A task of more images than there are is one of all of them.
  bool bothHoldAll(const std::string &name, int64_t one, int64_t other) const {
    return name == "task_images" && one >= samples && other >= samples;
  }

  const Schedule &from;
  int64_t samples;
  std::vector<Schedule> found;
};
} // namespace

std::vector<Schedule> SearchSpace::neighbours(const Schedule &schedule) const {
  Moves moves(schedule, samples);
  moves.stepEach();
  moves.otherTiles();
  std::vector<std::pair<double, Schedule>> ranked;
  for (Schedule &found : moves.take())
    if (plausible(found))
      ranked.emplace_back(cost(found), std::move(found));
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](auto &a, auto &b) { return a.first < b.first; });
  std::vector<Schedule> result;
  for (auto &[cost, found] : ranked)
    result.push_back(std::move(found));
  return result;
}
