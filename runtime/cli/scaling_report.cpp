// scaling_report.cpp: see scaling_report.h.
#include "runtime/cli/scaling_report.h"
#include "runtime/cli/task_recorder.h"
#include "runtime/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char *outside_kernels = "(outside kernels)";

// The calls of one kernel in a step.
struct KernelCalls {
  int32_t kernel;
  std::vector<const RecordedCall *> calls;
  CoreTimes times;
};

class Prediction {
public:
  Prediction(const lathe_model &model, const ScalingQuestion &question,
             int cores)
      : model_(model), samples_(question.samples),
        cores_(cores, question.costs),
        from_memory_(cores_.from_memory(question.footprint)) {}

  const VirtualCores &cores() const { return cores_; }
  CoreTimes run(const RecordedCall &call) const {
    if (call.kernel < 0)
      return cores_.run(call, 0);
    const lathe_cost &bytes = model_.kernels[call.kernel].bytes;
    return cores_.run(call, from_memory_ *
                                (bytes.fixed + samples_ * bytes.per_sample));
  }
  CoreTimes run(const std::vector<RecordedCall> &calls) const {
    CoreTimes times;
    for (const RecordedCall &call : calls)
      times += run(call);
    return times;
  }

private:
  const lathe_model &model_;
  double samples_;
  VirtualCores cores_;
  double from_memory_;
};

// What holds the step back most first.
std::vector<KernelCalls>
calls_by_kernel(const Prediction &prediction,
                const std::vector<RecordedCall> &calls) {
  std::map<int32_t, KernelCalls> kernels;
  for (const RecordedCall &call : calls) {
    KernelCalls &kernel = kernels[call.kernel];
    kernel.kernel = call.kernel;
    kernel.calls.push_back(&call);
    kernel.times += prediction.run(call);
  }
  std::vector<KernelCalls> order;
  for (auto &[number, kernel] : kernels)
    order.push_back(std::move(kernel));
  const int cores = prediction.cores().count();
  std::stable_sort(order.begin(), order.end(),
                   [&](const KernelCalls &a, const KernelCalls &b) {
                     return a.times.held_back(cores) > b.times.held_back(cores);
                   });
  return order;
}

Json kernel_json(const lathe_model &model, const KernelCalls &kernel,
                 const Prediction &prediction, double step) {
  const CoreTimes &times = kernel.times;
  Json tasks = Json::array();
  for (const std::vector<double> &loop : kernel.calls.front()->loops)
    tasks.push_back(loop.size());
  double longest = 0;
  for (const RecordedCall *call : kernel.calls) {
    if (call->loops.empty())
      longest = std::max(longest, call->serial);
    for (const std::vector<double> &loop : call->loops)
      for (double task : loop)
        longest = std::max(longest, task);
  }
  Json json = {{"name", outside_kernels}, {"calls", kernel.calls.size()}};
  if (kernel.kernel >= 0)
    json = {{"name", model.kernels[kernel.kernel].name},
            {"operations", model.kernels[kernel.kernel].operations},
            {"schedule", model.kernels[kernel.kernel].schedule},
            {"calls", kernel.calls.size()}};
  json["one_core_ms"] = times.one;
  json["ms"] = times.milliseconds;
  json["share"] = times.milliseconds / step;
  json["speed_up"] = times.one / times.milliseconds;
  json["tasks"] = std::move(tasks);
  json["longest_ms"] = longest;
  json["held_back_ms"] = times.held_back(prediction.cores().count());
  json["held_back_by"] = {{"serial", times.serial},
                          {"tasks", times.tasks},
                          {"hand_off", times.hand_off},
                          {"bandwidth", times.bandwidth}};
  json["reason"] = prediction.cores().reason(times, kernel.calls);
  return json;
}

// "16", "16+1", or "12x16+1" for twelve loops of sixteen tasks.
std::string tasks_text(const Json &tasks) {
  if (tasks.empty())
    return "1";
  std::string text;
  for (size_t i = 0; i < tasks.size();) {
    size_t end = i;
    while (end < tasks.size() && tasks[end] == tasks[i])
      ++end;
    text += i ? "+" : "";
    if (end - i > 1)
      text += fmt::format("{}x", end - i);
    text += fmt::format("{}", tasks[i].get<size_t>());
    i = end;
  }
  return text;
}

std::string kernels_text(const Json &kernels, int cores) {
  std::string text =
      fmt::format("{:>9} {:>9} {:>9} {:>6} {:>8} {:>6} {:>6} {:>10}  kernel\n",
                  "held back", "1 core", fmt::format("{} cores", cores),
                  "share", "speed-up", "calls", "tasks", "longest");
  for (const Json &kernel : kernels) {
    text += fmt::format(
        "{:>9.3f} {:>9.3f} {:>9.3f} {:>5.1f}% {:>8.2f} {:>6} {:>6} {:>10.4f}  "
        "{}: "
        "{}\n",
        kernel["held_back_ms"].get<double>(),
        kernel["one_core_ms"].get<double>(), kernel["ms"].get<double>(),
        100 * kernel["share"].get<double>(), kernel["speed_up"].get<double>(),
        kernel["calls"].get<size_t>(), tasks_text(kernel["tasks"]),
        kernel["longest_ms"].get<double>(), kernel["name"].get<std::string>(),
        kernel["reason"].get<std::string>());
    if (kernel.contains("schedule"))
      text +=
          fmt::format("{:72}{}\n", "", kernel["schedule"].get<std::string>());
  }
  return text;
}

// Noise may not be learnable, but a fresh model survives some steps.
template <typename Attempt>
void until_complete(Attempt attempt) {
  constexpr int most_failures = 20;
  for (int failures = 0; !attempt();)
    if (++failures == most_failures)
      fail("--scaling: {} steps in turn met values that are not finite; --only "
           "predict leaves training out",
           failures);
}

} // namespace

ScalingRun measure_scaling(const std::function<bool()> &step, int threads,
                           double seconds) {
  constexpr size_t fewest = 3;
  using Clock = std::chrono::steady_clock;
  ScalingRun run;
  auto record = [&] {
    bool complete = false;
    std::vector<RecordedCall> calls = record_tasks([&] { complete = step(); });
    if (complete && run.recorded == 0)
      run.calls = calls;
    return complete && keep_shorter(run.calls, calls);
  };
  auto time = [&](Timings &timings) {
    bool complete = false;
    timings.measure([&] { complete = step(); });
    if (!complete)
      timings.milliseconds.pop_back();
    return complete;
  };
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (; run.recorded < fewest || Clock::now() < end; ++run.recorded) {
    until_complete(record);
    const lathe_parallel_for_function pool = lathe_parallel_for;
    lathe_parallel_for = nullptr;
    until_complete([&] { return time(run.one_thread); });
    lathe_parallel_for = pool;
    if (threads > 1)
      until_complete([&] { return time(run.all_threads); });
  }
  return run;
}

Json scaling_json(const lathe_model &model, const ScalingRun &run,
                  const ScalingQuestion &question) {
  Json json = {{"recorded_steps", run.recorded},
               {"footprint", question.footprint}};
  json["measured"] = Json::array();
  auto measured = [&](int threads, const Timings &timings) {
    if (!timings.milliseconds.empty())
      json["measured"].push_back(
          {{"threads", threads},
           {"ms", timings.best()},
           {"speed_up", run.one_thread.best() / timings.best()}});
  };
  measured(1, run.one_thread);
  measured(question.threads, run.all_threads);

  std::set<int> counts = {1, 2, 4, 8, 16, 32, 64};
  counts.insert({question.threads, question.cores});
  json["predicted"] = Json::array();
  for (int cores : counts) {
    Prediction prediction(model, question, cores);
    CoreTimes times = prediction.run(run.calls);
    double speed_up = times.one / times.milliseconds;
    json["predicted"].push_back(
        {{"cores", cores},
         {"ms", times.milliseconds},
         {"speed_up", speed_up},
         {"efficiency", speed_up / cores},
         {"from_memory", prediction.cores().from_memory(question.footprint)},
         {"speed_up_without_bandwidth",
          times.one / times.without_bandwidth()}});
  }

  Prediction prediction(model, question, question.cores);
  double step = prediction.run(run.calls).milliseconds;
  json["kernels"] = Json::array();
  for (const KernelCalls &kernel : calls_by_kernel(prediction, run.calls))
    json["kernels"].push_back(kernel_json(model, kernel, prediction, step));
  return json;
}

std::string scaling_text(const std::string &step, const Json &json, int cores) {
  std::string text = fmt::format(
      "\n{}: predicted from the shortest time of each task in {} steps, which "
      "need {:.1f} MiB\n"
      "{:>5} {:>9} {:>8} {:>10} {:>11} {:>25}  measured\n",
      step, json["recorded_steps"].get<size_t>(),
      json["footprint"].get<double>() / (1 << 20), "cores", "ms", "speed-up",
      "efficiency", "from memory", "if memory were no limit");
  for (const Json &row : json["predicted"]) {
    text += fmt::format(
        "{:>5} {:>9.3f} {:>8.2f} {:>8.0f} % {:>9.0f} % {:>25.2f}",
        row["cores"].get<int>(), row["ms"].get<double>(),
        row["speed_up"].get<double>(), 100 * row["efficiency"].get<double>(),
        100 * row["from_memory"].get<double>(),
        row["speed_up_without_bandwidth"].get<double>());
    for (const Json &measured : json["measured"])
      if (measured["threads"] == row["cores"])
        text += fmt::format("  {:.3f} ms, {:.2f}", measured["ms"].get<double>(),
                            measured["speed_up"].get<double>());
    text += '\n';
  }
  return text +
         fmt::format("\n{} on {} cores, by kernel, in ms of a step; held back: "
                     "beyond 1/{} of the time on one core; tasks: of each loop "
                     "of a call\n",
                     step, cores, cores) +
         kernels_text(json["kernels"], cores);
}

} // namespace lathe
