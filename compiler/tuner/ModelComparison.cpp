//===- ModelComparison.cpp - Whole models against each other --------------===//
#include "compiler/tuner/ModelComparison.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/tuner/ModelBenchmark.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include <chrono>
#include <cmath>
#include <utility>

using namespace llvm;
using namespace lathe;

double StepTimes::best() const {
  return runs.empty() ? 0 : *llvm::min_element(runs);
}

double StepTimes::spread() const {
  return runs.empty() ? 0 : *llvm::max_element(runs) / best() - 1;
}

double StepComparison::gain() const {
  double before = untuned.best(), after = tuned.best();
  return before > 0 && after > 0 ? before / after : 1;
}

bool StepComparison::isSlower() const {
  constexpr double tolerated = 0.99;
  return gain() < tolerated;
}

double ModelComparison::gain() const {
  bool both = !train.tuned.runs.empty() && !predict.tuned.runs.empty();
  return std::pow(train.gain() * predict.gain(), both ? 0.5 : 1);
}

double ModelComparison::spread() const {
  double most = 0;
  for (const StepComparison *step : {&train, &predict})
    most = std::max({most, step->untuned.spread(), step->tuned.spread()});
  return most;
}

static Error linkTo(const std::string &output, mlir::ModuleOp planned,
                    const CodegenOptions &options) {
  Expected<CompiledKernels> kernels = emitKernels(planned, options);
  if (!kernels)
    return kernels.takeError();
  std::string object = output + ".o";
  FileRemover remove(object);
  if (Error error = emitObjectFile(planned, *kernels, options, object))
    return error;
  return linkExecutable(object, modelName(planned), output);
}

UntunedModel::UntunedModel(UntunedModel &&other) noexcept
    : folder(std::exchange(other.folder, "")) {}

UntunedModel::~UntunedModel() {
  if (!folder.empty())
    sys::fs::remove_directories(folder);
}

Expected<UntunedModel> UntunedModel::link(mlir::ModuleOp planned,
                                          const CodegenOptions &options) {
  SmallString<128> folder;
  if (auto error = sys::fs::createUniqueDirectory("lathe-tune", folder))
    return createStringError("cannot create a temporary folder: " +
                             error.message());
  UntunedModel model{std::string(folder)};
  if (Error error = linkTo(model.file("untuned"), planned, options))
    return error;
  return model;
}

/// Half a second of the executable's own benchmark.
Error UntunedModel::benchmark(const char *name, unsigned threads,
                              StepTimes &train, StepTimes &predict) const {
  Expected<json::Object> measured = runBenchmark(
      file(name), {"--time", "0.5", "--threads", std::to_string(threads)});
  if (!measured)
    return measured.takeError();
  auto take = [&](StringRef name, StepTimes &times) {
    if (std::optional<double> time = measured->getNumber(name))
      times.runs.push_back(*time);
  };
  take("train_step_ms", train);
  take("predict_ms", predict);
  return Error::success();
}

Expected<ModelComparison>
UntunedModel::compare(mlir::ModuleOp planned, const TuningTasks &tasks,
                      const TuningOptions &options, double seconds,
                      const std::atomic<bool> &stop) const {
  for (auto &task : tasks)
    task->kernel.setScheduleAttr(
        scheduleAttr(planned.getContext(), task->best));
  if (Error error = linkTo(file("tuned"), planned, options.codegen))
    return error;
  ModelComparison result;
  // Where the default seems to win, and time is left, it has to do so again.
  using Clock = std::chrono::steady_clock;
  constexpr int rounds = 3, mostRounds = 6;
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (int round = 0; round < mostRounds && (round == 0 || !stop); ++round) {
    bool wins = result.gain() > 1 && !result.train.isSlower() &&
                !result.predict.isSlower();
    if (round >= rounds && (wins || Clock::now() > end))
      break;
    if (Error error = benchmark("untuned", options.threads,
                                result.train.untuned, result.predict.untuned))
      return error;
    if (Error error = benchmark("tuned", options.threads, result.train.tuned,
                                result.predict.tuned))
      return error;
  }
  return result;
}

std::vector<TuningTask *> lathe::improvedTasks(const TuningTasks &tasks) {
  std::vector<TuningTask *> improved;
  for (auto &task : tasks)
    if (task->improved)
      improved.push_back(task.get());
  return improved;
}

std::vector<TuningTask *> lathe::slowerTasks(const TuningTasks &tasks,
                                             const ModelComparison &compared) {
  bool train = compared.train.isSlower(), predict = compared.predict.isSlower();
  std::vector<TuningTask *> improved = improvedTasks(tasks);
  if (compared.gain() <= 1 || (train && predict))
    return improved;
  auto select = [&](auto isTaken) {
    std::vector<TuningTask *> taken;
    llvm::copy_if(improved, std::back_inserter(taken), isTaken);
    return taken;
  };
  if (!train && !predict)
    return {};
  std::vector<TuningTask *> alone = select([&](const TuningTask *task) {
    return train ? task->trains && !task->predicts
                 : task->predicts && !task->trains;
  });
  if (!alone.empty())
    return alone;
  return select([&](const TuningTask *task) {
    return train ? task->trains : task->predicts;
  });
}

Error lathe::takeBack(ArrayRef<TuningTask *> tasks, Database &database) {
  for (TuningTask *task : tasks) {
    task->improved = false;
    task->best = task->before;
    if (Error error = task->stored ? database.store(task->key, *task->stored)
                                   : database.remove(task->key))
      return error;
  }
  return Error::success();
}
