//===- BusyMachine.cpp - Whether a machine does other work ----------------===//
#include "compiler/tuner/BusyMachine.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <thread>

using namespace llvm;
using namespace lathe;

std::optional<ProcessorTime> lathe::parseProcessorTime(StringRef stat) {
  std::optional<ProcessorTime> time;
  unsigned processors = 0;
  for (StringRef line : split(stat, '\n')) {
    auto [name, rest] = line.split(' ');
    if (!name.starts_with("cpu"))
      continue;
    if (name != "cpu") {
      ++processors;
      continue;
    }
    // user nice system idle iowait irq softirq steal; guests are users too.
    SmallVector<StringRef> fields;
    rest.split(fields, ' ', -1, /*KeepEmpty=*/false);
    constexpr size_t idle = 3, wait = 4, guest = 8;
    if (fields.size() <= wait)
      return std::nullopt;
    time.emplace();
    for (size_t i = 0; i < std::min(fields.size(), guest); ++i) {
      double ticks;
      if (fields[i].getAsDouble(ticks))
        return std::nullopt;
      (i == idle || i == wait ? time->idle : time->busy) += ticks;
    }
  }
  if (time)
    time->processors = processors;
  return time;
}

double lathe::busyProcessors(const ProcessorTime &before,
                             const ProcessorTime &after) {
  double busy = after.busy - before.busy, idle = after.idle - before.idle;
  return busy + idle > 0 ? after.processors * busy / (busy + idle) : 0;
}

static std::optional<ProcessorTime> processorTime() {
  std::ifstream file("/proc/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  return parseProcessorTime(text);
}

std::string lathe::warnIfBusy() {
  // Ticks are a hundredth of a second.
  constexpr auto moment = std::chrono::milliseconds(300);
  constexpr double tolerated = 0.25;
  std::optional<ProcessorTime> before = processorTime();
  if (!before)
    return "";
  std::this_thread::sleep_for(moment);
  std::optional<ProcessorTime> after = processorTime();
  double busy = after ? busyProcessors(*before, *after) : 0;
  if (busy < tolerated)
    return "";
  return fmt::format("other work keeps {:.1f} of this machine's {} processors "
                     "busy: what is measured now may not hold when it is idle",
                     busy, after->processors);
}
