// profile.cpp: the time of each kernel of a step.
#include "runtime/cli/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

// Where no artifact is linked, as in tests.
__attribute__((weak)) lathe_kernel_watcher lathe_watch_kernel = nullptr;

namespace lathe {

namespace {

using Clock = std::chrono::steady_clock;

struct KernelTimes {
  double milliseconds = 0;
  int64_t calls = 0;
};

// What the watcher sees; it has no argument of the caller's.
std::vector<KernelTimes> *watched = nullptr;
Clock::time_point last;

void watch(const lathe_model *, int32_t kernel) {
  Clock::time_point now = Clock::now();
  if (kernel >= 0) {
    KernelTimes &times = (*watched)[size_t(kernel)];
    times.milliseconds +=
        std::chrono::duration<double, std::milli>(now - last).count();
    ++times.calls;
  }
  last = Clock::now();
}

} // namespace

StepProfile profile_step(const lathe_model &model, int32_t n, int32_t parts,
                         const Roofline &roofline, double seconds,
                         const std::function<void()> &step) {
  std::vector<KernelTimes> times(size_t(model.kernel_count));
  step(); // into the caches
  watched = &times;
  lathe_watch_kernel = watch;
  StepProfile profile;
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  do {
    profile.times.measure(step);
  } while (Clock::now() < end);
  lathe_watch_kernel = nullptr;
  watched = nullptr;

  double total = 0;
  for (const KernelTimes &time : times)
    total += time.milliseconds;
  std::vector<int32_t> order;
  for (int32_t i = 0; i < model.kernel_count; ++i)
    if (times[size_t(i)].calls)
      order.push_back(i);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return times[size_t(a)].milliseconds > times[size_t(b)].milliseconds;
  });

  const double steps = double(profile.times.milliseconds.size());
  profile.kernels = nlohmann::ordered_json::array();
  for (int32_t i : order) {
    const lathe_kernel &kernel = model.kernels[i];
    const KernelTimes &time = times[size_t(i)];
    auto of_call = [=](const lathe_cost &cost) {
      return cost.fixed + double(n) / parts * cost.per_sample;
    };
    double call = time.milliseconds / double(time.calls);
    double gigaflops = of_call(kernel.flop) / call * 1e-6;
    double gigabytes = of_call(kernel.bytes) / call * 1e-6;
    double share = gigabytes / roofline.gigabytes;
    if (roofline.gigaflops > 0)
      share = std::max(share, gigaflops / roofline.gigaflops);
    profile.kernels.push_back({{"name", kernel.name},
                               {"operations", kernel.operations},
                               {"schedule", kernel.schedule},
                               {"calls", double(time.calls) / steps},
                               {"ms", time.milliseconds / steps},
                               {"share", time.milliseconds / total},
                               {"gflops", gigaflops},
                               {"gbytes", gigabytes},
                               {"roofline", share}});
  }
  return profile;
}

std::string profile_table(const nlohmann::ordered_json &kernels) {
  std::string text =
      fmt::format("{:>6} {:>9} {:>6} {:>8} {:>7} {:>9}  {}\n", "share", "ms",
                  "calls", "GFLOP/s", "GB/s", "roofline", "kernel");
  for (const auto &kernel : kernels)
    text += fmt::format(
        "{:>5.1f}% {:>9.3f} {:>6.0f} {:>8.0f} {:>7.1f} {:>8.0f}%  {}\n"
        "{:52}{}\n",
        100 * kernel["share"].get<double>(), kernel["ms"].get<double>(),
        kernel["calls"].get<double>(), kernel["gflops"].get<double>(),
        kernel["gbytes"].get<double>(), 100 * kernel["roofline"].get<double>(),
        kernel["name"].get<std::string>(), "",
        kernel["schedule"].get<std::string>());
  return text;
}

} // namespace lathe
