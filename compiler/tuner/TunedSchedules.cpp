//===- TunedSchedules.cpp - Better schedules for a planned model ----------===//
#include "compiler/tuner/TunedSchedules.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/ModuleMachine.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/Support/Threading.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace lathe;

TuningKey lathe::tuningKey(const kernels::KernelSpec &spec, StringRef target,
                           unsigned threads) {
  return {kernels::signature(spec), target.str(), sys::getHostCPUName().str(),
          spec.batch, threads};
}

unsigned lathe::defaultThreads() {
  return hardware_concurrency().compute_thread_count();
}

namespace {
class Application {
public:
  Application(const Database *database, const Machine &machine,
              function_ref<void(const std::string &)> warn)
      : database(database), machine(machine), warn(warn) {}

  TunedCounts counts;

  /// `batch` is the model's, of which the kernel's calls may have parts.
  void apply(exec::KernelOp kernel, TuningKey key, int64_t batch) {
    ++counts.kernels;
    kernels::KernelSpec spec = kernelSpec(kernel, "");
    if (std::optional<kernels::Schedule> schedule = measured(key))
      counts.fromDatabase += use(kernel, spec, *schedule, "tuned");
    else if ((schedule = shipped(spec, key)))
      counts.shipped += use(kernel, spec, *schedule, "shipped");
    else if (key.batch = batch; (schedule = shipped(spec, key)))
      counts.shipped += use(kernel, spec, *schedule, "shipped");
  }

private:
  std::optional<kernels::Schedule> shipped(const kernels::KernelSpec &spec,
                                           const TuningKey &key) {
    if (std::optional<kernels::Schedule> schedule = shippedSchedule(key))
      return schedule;
    return shippedForAnchor(spec, key);
  }

  /// Where a kernel itself has none, what is good for its convolution alone.
  std::optional<kernels::Schedule>
  shippedForAnchor(const kernels::KernelSpec &spec, TuningKey key) {
    std::optional<kernels::KernelSpec> anchor = kernels::anchorAlone(spec);
    if (!anchor)
      return std::nullopt;
    key.signature = kernels::signature(*anchor);
    std::optional<kernels::Schedule> schedule = shippedSchedule(key);
    bool applies =
        schedule && kernels::refusal(spec, *schedule, machine).empty();
    return applies ? schedule : std::nullopt;
  }

  std::optional<kernels::Schedule> measured(const TuningKey &key) {
    if (!database)
      return std::nullopt;
    Expected<std::optional<TunedSchedule>> tuned = database->findNearest(key);
    if (!tuned) {
      // A damaged file has one thing to say, however many kernels there are.
      warn(toString(tuned.takeError()) + "; it is not used");
      database = nullptr;
      return std::nullopt;
    }
    if (!*tuned)
      return std::nullopt;
    return (*tuned)->schedule;
  }

  bool use(exec::KernelOp kernel, const kernels::KernelSpec &spec,
           const kernels::Schedule &schedule, const char *origin) {
    std::string reason = kernels::refusal(spec, schedule, machine);
    if (reason.empty() &&
        kernels::scheduleCost(spec, schedule, machine) > costLimit)
      reason = "its register tile is too large";
    if (!reason.empty()) {
      warn("kernel " + kernel.getSymName().str() + ": its " + origin +
           " schedule " + kernels::toString(schedule) +
           " is not used: " + reason);
      return false;
    }
    kernel.setScheduleAttr(scheduleAttr(kernel.getContext(), schedule));
    return true;
  }

  /// What no measurement would have kept: a file must not make the compiler
  /// unroll for hours.
  static constexpr double costLimit = 32;

  const Database *database;
  Machine machine;
  function_ref<void(const std::string &)> warn;
};
} // namespace

TunedCounts
lathe::applyTunedSchedules(mlir::ModuleOp planned, const Database *database,
                           StringRef target, unsigned threads,
                           function_ref<void(const std::string &)> warn) {
  Application application(database, machineOf(planned), warn);
  for (auto kernel : planned.getOps<exec::KernelOp>())
    application.apply(kernel,
                      tuningKey(kernelSpec(kernel, ""), target, threads),
                      nn::batchSize(planned));
  return application.counts;
}
