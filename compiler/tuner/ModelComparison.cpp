//===- ModelComparison.cpp - Whole models against each other --------------===//
#include "compiler/tuner/ModelComparison.h"
#include "compiler/transforms/KernelBridge.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cmath>

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

namespace {
/// A folder that goes with this object.
class TemporaryFolder {
public:
  static Expected<TemporaryFolder> create() {
    TemporaryFolder folder;
    if (auto error = sys::fs::createUniqueDirectory("lathe-tune", folder.path))
      return createStringError("cannot create a temporary folder: " +
                               error.message());
    return folder;
  }
  TemporaryFolder(TemporaryFolder &&other) : path(other.path) {
    other.path.clear();
  }
  ~TemporaryFolder() {
    if (!path.empty())
      sys::fs::remove_directories(path);
  }
  std::string file(const Twine &name) const {
    SmallString<128> file(path);
    sys::path::append(file, name);
    return std::string(file);
  }

private:
  TemporaryFolder() = default;
  SmallString<128> path;
};

Error link(mlir::ModuleOp planned, const CodegenOptions &options,
           const std::string &output) {
  Expected<SmallVector<char, 0>> object = emitObject(planned, options);
  if (!object)
    return object.takeError();
  std::string file = output + ".o";
  FileRemover remove(file);
  if (Error error = writeToOutput(file, [&](raw_ostream &os) {
        os.write(object->data(), object->size());
        return Error::success();
      }))
    return error;
  return linkExecutable(file, modelName(planned), output);
}

/// Half a second of the executable's own benchmark, the quickest of each step.
Error benchmark(const TemporaryFolder &folder, const std::string &program,
                unsigned threads, ModelTimes &times) {
  // Redirected output goes over what a file holds, which may be longer.
  std::string output = folder.file("output.json"), message;
  sys::fs::remove(output);
  std::string count = std::to_string(threads);
  std::optional<StringRef> redirects[] = {"", output, ""};
  int status = sys::ExecuteAndWait(
      program,
      {program, "benchmark", "--json", "--time", "0.5", "--threads", count},
      std::nullopt, redirects, /*SecondsToWait=*/600, 0, &message);
  if (status != 0)
    return createStringError("the model's benchmark failed" +
                             (message.empty() ? "" : ": " + message));
  auto text = MemoryBuffer::getFile(output);
  if (!text)
    return errorCodeToError(text.getError());
  Expected<json::Value> json = json::parse((*text)->getBuffer());
  if (!json)
    return json.takeError();
  auto take = [&](StringRef name, double &best) {
    if (json::Object *object = json->getAsObject())
      if (std::optional<double> time = object->getNumber(name))
        best = best == 0 ? *time : std::min(best, *time);
  };
  take("train_step_best_ms", times.train);
  take("predict_best_ms", times.predict);
  return Error::success();
}

void setSchedules(const TuningTasks &tasks, bool best) {
  for (auto &task : tasks)
    task->kernel.setScheduleAttr(
        scheduleAttr(task->kernel.getContext(),
                     best ? task->best : task->defaultSchedule()));
}
} // namespace

Expected<ModelComparison> lathe::compareModels(mlir::ModuleOp planned,
                                               const TuningTasks &tasks,
                                               const TuningOptions &options,
                                               const std::atomic<bool> &stop) {
  Expected<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string untuned = folder->file("untuned"), tuned = folder->file("tuned");
  setSchedules(tasks, false);
  if (Error error = link(planned, options.codegen, untuned))
    return error;
  setSchedules(tasks, true);
  if (Error error = link(planned, options.codegen, tuned))
    return error;
  ModelComparison result;
  constexpr int rounds = 3;
  for (int round = 0; round < rounds && (round == 0 || !stop); ++round) {
    if (Error error =
            benchmark(*folder, untuned, options.threads, result.untuned))
      return error;
    if (Error error = benchmark(*folder, tuned, options.threads, result.tuned))
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
