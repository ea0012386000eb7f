//===- ModelComparison.cpp - Whole models against each other --------------===//
#include "compiler/tuner/ModelComparison.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/tuner/ModelBenchmark.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include <chrono>
#include <cmath>
#include <utility>

using namespace llvm;
using namespace lathe;

double ModelComparison::gain() const {
  double product = 1;
  unsigned steps = 0;
  auto add = [&](double before, double after) {
    if (before <= 0 || after <= 0)
      return;
    product *= before / after;
    ++steps;
  };
  add(untuned.train, tuned.train);
  add(untuned.predict, tuned.predict);
  return steps ? std::pow(product, 1.0 / steps) : 1;
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

/// Half a second of the executable's own benchmark. Its medians are not touched
/// by short disturbances, the best of them not by long ones.
Error UntunedModel::benchmark(const char *name, unsigned threads,
                              ModelTimes &times) const {
  Expected<json::Object> measured = runBenchmark(
      file(name), {"--time", "0.5", "--threads", std::to_string(threads)});
  if (!measured)
    return measured.takeError();
  auto take = [&](StringRef name, double &best) {
    if (std::optional<double> time = measured->getNumber(name))
      best = best == 0 ? *time : std::min(best, *time);
  };
  take("train_step_ms", times.train);
  take("predict_ms", times.predict);
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
    if (round >= rounds && (result.gain() > 1 || Clock::now() > end))
      break;
    if (Error error = benchmark("untuned", options.threads, result.untuned))
      return error;
    if (Error error = benchmark("tuned", options.threads, result.tuned))
      return error;
  }
  return result;
}

Error lathe::forgetImprovements(const TuningTasks &tasks, Database &database) {
  for (auto &task : tasks)
    if (task->improved)
      if (Error error = task->stored ? database.store(task->key, *task->stored)
                                     : database.remove(task->key))
        return error;
  return Error::success();
}
