//===- Measure.cpp - A model's executable profiles itself -----------------===//
#include "compiler/codegen/Codegen.h"
#include "compiler/report/Report.h"
#include "compiler/tuner/ModelBenchmark.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace lathe;
using namespace lathe::report;

/// "AMD EPYC 9R14", as the kernel of Linux has it; empty where it does not say.
static std::string cpuName() {
  auto file = MemoryBuffer::getFileAsStream("/proc/cpuinfo");
  if (!file)
    return "";
  for (line_iterator line(**file); !line.is_at_eof(); ++line)
    if (line->starts_with("model name"))
      return line->split(':').second.trim().str();
  return "";
}

static double number(const json::Object &object, StringRef key) {
  return object.getNumber(key).value_or(0);
}

static std::vector<KernelTime> timesOf(const json::Array &kernels,
                                       const StringMap<unsigned> &numbers) {
  std::vector<KernelTime> times;
  for (const json::Value &value : kernels)
    if (const json::Object *object = value.getAsObject())
      times.push_back({numbers.lookup(object->getString("name").value_or("")),
                       number(*object, "calls"), number(*object, "ms"),
                       number(*object, "share"), number(*object, "gflops"),
                       number(*object, "gbytes"), number(*object, "roofline")});
  return times;
}

static Error measureExecutable(Report &report, const std::string &executable) {
  Expected<json::Object> profile =
      runBenchmark(executable, {"--profile", "--time", "1"});
  if (!profile)
    return profile.takeError();

  report.machine = {sys::getHostCPUName().str(), cpuName(),
                    unsigned(number(*profile, "threads")),
                    number(*profile, "peak_gflops"),
                    number(*profile, "peak_gbytes")};
  StringMap<unsigned> numbers;
  for (auto [i, kernel] : enumerate(report.kernels))
    numbers[kernel.description.name] = i;
  auto take = [&](Step &step, StringRef key) {
    step.milliseconds = number(*profile, (key + "_ms").str());
    step.bestMilliseconds = number(*profile, (key + "_best_ms").str());
    if (const json::Array *kernels = profile->getArray(step.name))
      step.times = timesOf(*kernels, numbers);
  };
  for (Step &step : report.steps) {
    if (step.name == "train")
      take(step, "train_step");
    if (step.name == "predict")
      take(step, "predict");
  }
  return Error::success();
}

Error report::measure(Report &report, StringRef object) {
  SmallString<128> executable;
  if (auto error =
          sys::fs::createTemporaryFile(report.model, "exe", executable))
    return createStringError(error, "cannot create a temporary file");
  FileRemover remove(executable);
  if (Error error = linkExecutable(object, report.model, executable))
    return error;
  return measureExecutable(report, std::string(executable));
}
