//===- Measurement.cpp - Schedules compiled and timed ---------------------===//
#include "compiler/tuner/Measurement.h"
#include "compiler/tuner/ChildProcess.h"
#include "compiler/tuner/KernelMemory.h"
#include "compiler/tuner/LoadedKernel.h"
#include "runtime/thread_pool.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Threading.h"
#include <chrono>
#include <cmath>
#include <fmt/format.h>

using namespace llvm;
using namespace lathe;

std::vector<CompiledSchedule>
lathe::compileSchedules(const kernels::KernelSpec &spec,
                        ArrayRef<kernels::Schedule> schedules, StringRef model,
                        const CodegenOptions &options, double seconds,
                        const std::atomic<bool> &stop) {
  // A first character says what follows: an object or a reason.
  auto work = [&](size_t index, int descriptor) {
    Expected<ObjectFile> object =
        compileKernel(spec, schedules[index], model, options);
    std::string text = object
                           ? "o" + std::string(object->begin(), object->end())
                           : "e" + toString(object.takeError());
    writeAll(descriptor, text.data(), text.size());
  };
  unsigned jobs = hardware_concurrency(options.threads).compute_thread_count();
  std::vector<CompiledSchedule> compiled;
  for (const ChildResult &child :
       runChildren(schedules.size(), jobs, seconds, stop, work)) {
    CompiledSchedule &result = compiled.emplace_back();
    result.interrupted = child.interrupted;
    StringRef text = child.output;
    if (!child.failure.empty())
      result.failure = "compiling " + child.failure;
    else if (text.consume_front("o"))
      result.object.assign(text.begin(), text.end());
    else
      result.failure = text.drop_front(!text.empty()).str();
  }
  return compiled;
}

namespace {
/// The child's side: what it finds out goes through the pipe line by line, so
/// that the parent knows where it ended. "start 2" comes before each use of
/// object 2, "ms 2 0.31" and "fail 2 REASON" are its results.
class Stopwatch {
public:
  Stopwatch(const kernels::KernelSpec &spec,
            ArrayRef<const ObjectFile *> objects,
            const TimingConditions &conditions, int descriptor)
      : spec(spec), objects(objects), conditions(conditions),
        descriptor(descriptor), memory(spec, conditions.samples),
        best(objects.size(), INFINITY) {}

  void run(ArrayRef<size_t> numbers, StringRef model) {
    set_threads(int(conditions.threads));
    for (size_t number : numbers)
      admit(number, model);
    constexpr int rounds = 3;
    for (int round = 0; round < rounds; ++round)
      for (auto &[number, kernel] : kernels) {
        say(fmt::format("start {}\n", number));
        time(number, kernel, conditions.secondsEach / rounds);
      }
    for (auto &[number, kernel] : kernels)
      say(fmt::format("ms {} {:.17g}\n", number, best[number]));
  }

private:
  void say(const std::string &line) {
    writeAll(descriptor, line.data(), line.size());
  }

  void call(const LoadedKernel &kernel) {
    kernel.run(memory.pointers(), int32_t(conditions.samples));
  }

  /// Loads an object and compares its results with the first one's.
  void admit(size_t number, StringRef model) {
    say(fmt::format("start {}\n", number));
    Expected<LoadedKernel> kernel =
        LoadedKernel::load(spec, model, *objects[number]);
    if (!kernel)
      return say(
          fmt::format("fail {} {}\n", number, toString(kernel.takeError())));
    memory.reset();
    call(*kernel);
    if (number == 0)
      expected = memory.results();
    if (!memory.agree(expected))
      return say(fmt::format("fail {} computes something else\n", number));
    // One that is far behind needs no exact figure.
    time(number, *kernel, 0);
    if (best[number] > 3 * best[0])
      return say(fmt::format("ms {} {:.17g}\n", number, best[number]));
    kernels.emplace_back(number, std::move(*kernel));
  }

  /// The quickest call: what else the machine does only ever adds to one.
  void time(size_t number, const LoadedKernel &kernel, double seconds) {
    using Clock = std::chrono::steady_clock;
    memory.reset();
    call(kernel); // the caches, and threads that slept
    auto end = Clock::now() + std::chrono::duration<double>(seconds);
    do {
      auto start = Clock::now();
      call(kernel);
      std::chrono::duration<double, std::milli> taken = Clock::now() - start;
      best[number] = std::min(best[number], taken.count());
    } while (Clock::now() < end);
  }

  const kernels::KernelSpec &spec;
  ArrayRef<const ObjectFile *> objects;
  const TimingConditions &conditions;
  int descriptor;
  KernelMemory memory;
  KernelMemory::Results expected;
  std::vector<std::pair<size_t, LoadedKernel>> kernels;
  std::vector<double> best;
};

/// Reads the child's lines into the results; returns the object that was last
/// in use.
size_t readLines(StringRef output, std::vector<TimedObject> &results) {
  size_t last = 0;
  SmallVector<StringRef> lines;
  output.split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    auto [word, rest] = line.split(' ');
    auto [first, text] = rest.split(' ');
    size_t number;
    if (first.getAsInteger(10, number) || number >= results.size())
      continue;
    if (word == "start")
      last = number;
    else if (word == "fail")
      results[number].failure = text.str();
    else if (!text.getAsDouble(results[number].milliseconds))
      results[number].failure.clear();
  }
  return last;
}
} // namespace

std::vector<TimedObject>
lathe::timeObjects(const kernels::KernelSpec &spec, StringRef model,
                   ArrayRef<const ObjectFile *> objects,
                   const TimingConditions &conditions,
                   const std::atomic<bool> &stop) {
  std::vector<TimedObject> results(objects.size());
  SmallVector<size_t> numbers = to_vector(seq<size_t>(0, objects.size()));
  while (!numbers.empty()) {
    auto work = [&](size_t, int descriptor) {
      Stopwatch(spec, objects, conditions, descriptor).run(numbers, model);
    };
    for (size_t number : numbers)
      results[number] = {0, "was not measured", false};
    ChildResult child =
        runChildren(1, 1, conditions.timeout, stop, work).front();
    size_t last = readLines(child.output, results);
    if (child.interrupted)
      for (TimedObject &result : results)
        result.interrupted = true;
    if (child.failure.empty() || child.interrupted)
      break;
    // Without the first one there is nothing to compare with.
    results[last] = {0, child.failure, false};
    if (last == 0)
      break;
    erase(numbers, last);
  }
  return results;
}
