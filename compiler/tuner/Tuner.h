//===- Tuner.h - The search for better schedules ----------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_TUNER_H
#define LATHE_COMPILER_TUNER_TUNER_H

#include "compiler/tuner/Measurement.h"
#include "compiler/tuner/SearchSpace.h"
#include "compiler/tuner/TunedSchedules.h"
#include <chrono>

namespace lathe {

struct TuningOptions {
  double seconds = 0;     ///< of everything, the final comparison included
  unsigned trials = ~0u;  ///< schedules measured
  unsigned threads = 1;   ///< that the kernels run on
  CodegenOptions codegen; ///< target resolved; a cache directory is needed
};

/// A kernel, what is known of it, and what is still to be tried.
struct TuningTask {
  TuningTask(exec::KernelOp kernel, kernels::KernelSpec spec, TuningKey key,
             const Machine &machine);
  TuningTask(const TuningTask &) = delete;

  const kernels::Schedule &defaultSchedule() const {
    return space.defaults().front();
  }
  /// Milliseconds of a training step and a prediction together.
  double weight() const { return milliseconds * calls; }

  exec::KernelOp kernel;
  kernels::KernelSpec spec;
  TuningKey key;
  SearchSpace space;
  unsigned calls = 0; ///< in a training step and a prediction
  bool trains = false, predicts = false; ///< called there
  std::optional<TunedSchedule> stored;   ///< before this run
  kernels::Schedule before;              ///< this run
  kernels::Schedule best;
  double defaultMilliseconds = 0, milliseconds = 0; ///< the least seen
  ObjectFile defaultObject, bestObject;
  std::set<std::string> tried;
  std::vector<kernels::Schedule> queue; ///< the next ones first
  unsigned fruitless = 0;               ///< measurements without a gain
  bool improved = false;                ///< in this run
};

using TuningTasks = std::vector<std::unique_ptr<TuningTask>>;

/// The kernels of a planned module, with what the database knows of them.
llvm::Expected<TuningTasks> tuningTasks(mlir::ModuleOp planned,
                                        const Database &database,
                                        const TuningOptions &options);

/// What is told to a user that waits.
struct TuningProgress {
  double seconds = 0; ///< since the start
  unsigned trials = 0;
  const TuningTask *task = nullptr;
  bool improvement = false;                         ///< of the task, just now
  double defaultMilliseconds = 0, milliseconds = 0; ///< of all kernels
};

/// Climbs from each kernel's best schedule to a neighbour that is faster, and
/// gives the time to the kernels that take the most. What is found is stored
/// at once.
class Tuner {
public:
  using Report = std::function<void(const TuningProgress &)>;
  Tuner(mlir::ModuleOp planned, TuningTasks &tasks, Database &database,
        const TuningOptions &options, const std::atomic<bool> &stop,
        Report report);

  /// Times the schedules that the kernels have now.
  llvm::Error measureKnown();

  /// Until the time, the trials or the candidates are used up. Measures the
  /// defaults first.
  llvm::Error search();

  unsigned trials() const { return trialsDone; }
  double secondsLeft() const;

private:
  TuningTask *next();
  double reserve() const;
  llvm::Error measureDefaults();
  llvm::Error tryCandidates(TuningTask &task);
  std::vector<TimedObject>
  timeCandidates(const TuningTask &task,
                 llvm::ArrayRef<const ObjectFile *> objects);
  llvm::Error judge(TuningTask &task,
                    llvm::ArrayRef<kernels::Schedule> schedules,
                    llvm::ArrayRef<CompiledSchedule> compiled,
                    llvm::ArrayRef<size_t> numbers,
                    llvm::ArrayRef<TimedObject> times);
  llvm::Error adopt(TuningTask &task, const kernels::Schedule &schedule,
                    const ObjectFile &object, double milliseconds);
  llvm::Error measureKnown(TuningTask &task, double seconds);
  double compileSeconds() const;
  void tell(const TuningTask &task, bool improvement);

  std::string model;
  TuningTasks &tasks;
  Database &database;
  const TuningOptions &options;
  const std::atomic<bool> &stop;
  Report report;
  std::chrono::steady_clock::time_point start;
  unsigned trialsDone = 0;
};

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_TUNER_H
