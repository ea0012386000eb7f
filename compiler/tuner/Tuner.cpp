//===- Tuner.cpp - The search for better schedules ------------------------===//
#include "compiler/tuner/Tuner.h"
#include "compiler/transforms/KernelBridge.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/Support/Threading.h"
#include <cmath>
#include <fmt/format.h>

using namespace llvm;
using namespace lathe;

/// A change has to pay more than two measurements of the same code differ.
static constexpr double leastGain = 1.02;

TuningTask::TuningTask(exec::KernelOp kernel, kernels::KernelSpec spec,
                       TuningKey key, const Machine &machine)
    : kernel(kernel), spec(std::move(spec)), key(std::move(key)),
      space(this->spec, machine, this->key.batch), before(defaultSchedule()),
      best(before) {}

/// What has not been tried: the defaults of all strategies, then what is next
/// to the best.
static void fillQueue(TuningTask &task) {
  std::vector<kernels::Schedule> schedules = task.space.defaults();
  append_range(schedules, task.space.neighbours(task.best));
  task.queue.clear();
  for (kernels::Schedule &schedule : schedules)
    if (schedule != task.best && schedule != task.defaultSchedule() &&
        !task.tried.count(kernels::toString(schedule)))
      task.queue.push_back(std::move(schedule));
}

static Error recall(TuningTask &task, const Database &database) {
  auto stored = database.find(task.key);
  if (!stored)
    return stored.takeError();
  auto tried = database.tried(task.key);
  if (!tried)
    return tried.takeError();
  task.tried = std::move(*tried);
  task.stored = *stored;
  if (task.stored && task.space.plausible(task.stored->schedule)) {
    task.best = task.stored->schedule;
    task.defaultMilliseconds = task.stored->defaultMilliseconds;
    task.milliseconds = task.stored->milliseconds;
  } else if (auto shipped = shippedSchedule(task.key);
             shipped && !task.stored && task.space.plausible(*shipped)) {
    task.best = *shipped;
  }
  task.before = task.best;
  fillQueue(task);
  return Error::success();
}

static unsigned callsIn(mlir::ModuleOp planned, StringRef step,
                        StringRef kernel) {
  unsigned calls = 0;
  if (auto function = planned.lookupSymbol<exec::FuncOp>(step))
    function.walk(
        [&](exec::CallOp call) { calls += call.getKernel() == kernel; });
  return calls;
}

Expected<TuningTasks> lathe::tuningTasks(mlir::ModuleOp planned,
                                         const Database &database,
                                         const TuningOptions &options) {
  TuningTasks tasks;
  std::string prefix = modelName(planned) + "_";
  for (auto kernel : planned.getOps<exec::KernelOp>()) {
    kernels::KernelSpec spec = kernelSpec(kernel, prefix);
    TuningKey key = tuningKey(spec, options.codegen.target, options.threads);
    auto task = std::make_unique<TuningTask>(
        kernel, std::move(spec), std::move(key), options.codegen.machine());
    unsigned training =
        callsIn(planned, nn::trainStepName, kernel.getSymName());
    unsigned prediction =
        callsIn(planned, nn::predictName, kernel.getSymName());
    task->calls = training + prediction;
    task->trains = training > 0;
    task->predicts = prediction > 0;
    if (Error error = recall(*task, database))
      return error;
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Tuner::Tuner(mlir::ModuleOp planned, TuningTasks &tasks, Database &database,
             const TuningOptions &options, const std::atomic<bool> &stop,
             Report report)
    : model(modelName(planned)), tasks(tasks), database(database),
      options(options), stop(stop), report(std::move(report)),
      start(std::chrono::steady_clock::now()) {}

double Tuner::secondsLeft() const {
  std::chrono::duration<double> used = std::chrono::steady_clock::now() - start;
  return options.seconds - used.count();
}

/// What the final comparison takes: linking both models, and three runs of each
/// (see ModelComparison.h).
double Tuner::reserve() const {
  double step = 0;
  for (auto &task : tasks)
    step += task->weight() / 1e3;
  return std::min(options.seconds / 2, 4 + 6 * (0.8 + 8 * step));
}

double Tuner::compileSeconds() const {
  return std::clamp(secondsLeft() - reserve(), 1.0, 30.0);
}

void Tuner::tell(const TuningTask &task, bool improvement) {
  TuningProgress progress{options.seconds - secondsLeft(), trialsDone, &task,
                          improvement};
  for (auto &other : tasks) {
    progress.defaultMilliseconds += other->defaultMilliseconds * other->calls;
    progress.milliseconds += other->weight();
  }
  report(progress);
}

//===----------------------------------------------------------------------===//
// What is known
//===----------------------------------------------------------------------===//

Error Tuner::measureKnown(TuningTask &task, double seconds) {
  std::vector<kernels::Schedule> schedules = {task.defaultSchedule()};
  if (task.best != task.defaultSchedule())
    schedules.push_back(task.best);
  std::vector<CompiledSchedule> compiled = compileSchedules(
      task.spec, schedules, model, options.codegen, compileSeconds(), stop);
  if (compiled.front().interrupted)
    return Error::success();
  if (!compiled.front().failure.empty())
    return createStringError("kernel " + task.spec.name + ": " +
                             compiled.front().failure);
  task.defaultObject = task.bestObject = std::move(compiled.front().object);
  std::vector<const ObjectFile *> objects = {&task.defaultObject};
  bool other = schedules.size() > 1 && compiled.back().failure.empty();
  if (other)
    objects.push_back(&compiled.back().object);
  TimingConditions conditions{task.key.batch, task.key.threads, seconds};
  conditions.timeout = std::max(5.0, secondsLeft());
  std::vector<TimedObject> times =
      timeObjects(task.spec, model, objects, conditions, stop);
  if (!times.front().failure.empty()) {
    // Random inputs do not suit this kernel: it keeps its default.
    task.queue.clear();
    task.best = task.defaultSchedule();
    return Error::success();
  }
  task.defaultMilliseconds = task.milliseconds = times.front().milliseconds;
  if (other && times.back().failure.empty()) {
    task.milliseconds = times.back().milliseconds;
    task.bestObject = std::move(compiled.back().object);
  } else if (schedules.size() > 1) {
    task.best = task.defaultSchedule();
    fillQueue(task);
  }
  return Error::success();
}

Error Tuner::measureKnown() {
  for (auto &task : tasks) {
    if (stop || secondsLeft() < 0)
      break;
    if (Error error = measureKnown(*task, 0.03))
      return error;
    tell(*task, false);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

TuningTask *Tuner::next() {
  TuningTask *best = nullptr;
  double most = 0;
  for (auto &task : tasks) {
    if (task->queue.empty())
      continue;
    // Each measurement without a gain makes another gain less likely.
    double hope = task->weight() * std::pow(0.7, task->fruitless);
    if (!best || hope > most) {
      most = hope;
      best = task.get();
    }
  }
  return best;
}

Error Tuner::adopt(TuningTask &task, const kernels::Schedule &schedule,
                   const ObjectFile &object, double milliseconds) {
  task.best = schedule;
  task.bestObject = object;
  task.milliseconds = milliseconds;
  task.improved = true;
  if (Error error = database.store(
          task.key, {schedule, task.defaultMilliseconds, milliseconds}))
    return error;
  fillQueue(task);
  return Error::success();
}

/// Writes down what became of the candidates, and takes the best one where it
/// is a gain. times[0] is the default's, times[1] the best one's so far, others
/// are those of the candidates `numbers`.
Error Tuner::judge(TuningTask &task, ArrayRef<kernels::Schedule> schedules,
                   ArrayRef<CompiledSchedule> compiled,
                   ArrayRef<size_t> numbers, ArrayRef<TimedObject> times) {
  auto record = [&](size_t number, const std::string &outcome) {
    ++trialsDone;
    task.tried.insert(kernels::toString(schedules[number]));
    return database.addTrial(task.key, schedules[number], outcome);
  };
  for (size_t i = 0; i < schedules.size(); ++i)
    if (!compiled[i].failure.empty() && !compiled[i].interrupted)
      if (Error error = record(i, compiled[i].failure))
        return error;
  bool known = times[0].failure.empty() && times[1].failure.empty();
  std::optional<size_t> fastest;
  double least = times[1].milliseconds / leastGain;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const TimedObject &time = times[i + 2];
    if (time.interrupted || !known)
      continue;
    if (Error error =
            record(numbers[i], time.failure.empty()
                                   ? fmt::format("{:.4g} ms", time.milliseconds)
                                   : time.failure))
      return error;
    if (time.failure.empty() && time.milliseconds < least) {
      least = time.milliseconds;
      fastest = numbers[i];
    }
  }
  if (known) {
    task.defaultMilliseconds =
        std::min(task.defaultMilliseconds, times[0].milliseconds);
    task.milliseconds = std::min(task.milliseconds, times[1].milliseconds);
  }
  // One that other work on the machine made look good is not taken, nor one
  // that is better than what was known, but not than the default.
  if (!fastest || least * leastGain >
                      std::min(task.milliseconds, task.defaultMilliseconds)) {
    ++task.fruitless;
    return Error::success();
  }
  task.fruitless = 0;
  return adopt(task, schedules[*fastest], compiled[*fastest].object, least);
}

Error Tuner::tryCandidates(TuningTask &task) {
  size_t count =
      std::min<size_t>({task.queue.size(), 2 * size_t(defaultThreads()),
                        size_t(options.trials - trialsDone)});
  std::vector<kernels::Schedule> schedules(
      task.queue.begin(), task.queue.begin() + ptrdiff_t(count));
  task.queue.erase(task.queue.begin(), task.queue.begin() + ptrdiff_t(count));
  std::vector<CompiledSchedule> compiled = compileSchedules(
      task.spec, schedules, model, options.codegen, compileSeconds(), stop);
  std::vector<const ObjectFile *> objects = {&task.defaultObject,
                                             &task.bestObject};
  std::vector<size_t> numbers;
  for (size_t i = 0; i < count; ++i)
    if (compiled[i].failure.empty()) {
      objects.push_back(&compiled[i].object);
      numbers.push_back(i);
    }
  std::vector<TimedObject> times(objects.size());
  times[0].milliseconds = task.defaultMilliseconds;
  times[1].milliseconds = task.milliseconds;
  if (!numbers.empty())
    times = timeCandidates(task, objects);
  return judge(task, schedules, compiled, numbers, times);
}

/// Once, where the default takes as long as it did before. Where it takes
/// longer the machine does something else as well: then a few times, and the
/// least counts.
std::vector<TimedObject>
Tuner::timeCandidates(const TuningTask &task,
                      ArrayRef<const ObjectFile *> objects) {
  constexpr double disturbed = 1.08;
  constexpr int attempts = 4;
  TimingConditions conditions{task.key.batch, task.key.threads, 0.04};
  // A hang is what takes a hundred times as long as the default.
  conditions.timeout =
      3 + double(objects.size()) * (0.2 + 100 * task.defaultMilliseconds / 1e3);
  std::vector<TimedObject> least =
      timeObjects(task.spec, model, objects, conditions, stop);
  for (int attempt = 1; attempt < attempts && !stop; ++attempt) {
    if (!least[0].failure.empty() ||
        least[0].milliseconds < disturbed * task.defaultMilliseconds)
      break;
    std::vector<TimedObject> again =
        timeObjects(task.spec, model, objects, conditions, stop);
    for (auto [best, time] : zip(least, again))
      if (best.failure.empty() && time.failure.empty())
        best.milliseconds = std::min(best.milliseconds, time.milliseconds);
  }
  return least;
}

Error Tuner::measureDefaults() {
  for (auto &task : tasks) {
    if (stop || secondsLeft() < reserve())
      break;
    // An exhausted kernel needs no new figure where it has one.
    if (task->queue.empty() && task->stored)
      continue;
    if (Error error = measureKnown(*task, 0.02))
      return error;
    // What Lathe ships was measured elsewhere: here the default may be faster.
    if (!task->stored &&
        task->milliseconds > leastGain * task->defaultMilliseconds)
      if (Error error = adopt(*task, task->defaultSchedule(),
                              task->defaultObject, task->defaultMilliseconds))
        return error;
    tell(*task, false);
  }
  return Error::success();
}

Error Tuner::search() {
  if (Error error = measureDefaults())
    return error;
  while (!stop && trialsDone < options.trials && secondsLeft() > reserve()) {
    TuningTask *task = next();
    if (!task)
      break;
    kernels::Schedule before = task->best;
    if (Error error = tryCandidates(*task))
      return error;
    tell(*task, before != task->best);
  }
  return Error::success();
}
