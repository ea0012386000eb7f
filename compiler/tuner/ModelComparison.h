//===- ModelComparison.h - Whole models against each other ------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_MODELCOMPARISON_H
#define LATHE_COMPILER_TUNER_MODELCOMPARISON_H

#include "compiler/tuner/Tuner.h"

namespace lathe {

/// A step's time in each of several runs, in ms; none where the model has no
/// such step.
struct StepTimes {
  std::vector<double> runs;

  /// Medians are not touched by short disturbances, the best of them not by
  /// long ones. 0 where there is none.
  double best() const;
  /// By what share the longest run exceeds the best one.
  double spread() const;
};

struct StepComparison {
  StepTimes untuned, tuned;

  /// 1 where the model has no such step.
  double gain() const;
  bool isSlower() const;
};

struct ModelComparison {
  StepComparison train, predict;

  /// Of training steps and predictions together, as a factor.
  double gain() const;
  /// By what share runs of the same code differed, at most.
  double spread() const;
};

/// The model's executable without what a search finds, to be compared with the
/// one that has it: what a user gets, not the sum of kernels.
class UntunedModel {
public:
  /// Links the module as it is. Its kernels are found in the cache from then
  /// on.
  static llvm::Expected<UntunedModel> link(mlir::ModuleOp planned,
                                           const CodegenOptions &options);
  UntunedModel(UntunedModel &&other) noexcept;
  ~UntunedModel();

  /// Links the module with the best schedules, which remain in it, and runs the
  /// `benchmark` of both executables in turns, three times each and for about
  /// so many seconds.
  llvm::Expected<ModelComparison> compare(mlir::ModuleOp planned,
                                          const TuningTasks &tasks,
                                          const TuningOptions &options,
                                          double seconds,
                                          const std::atomic<bool> &stop) const;

private:
  explicit UntunedModel(std::string folder) : folder(std::move(folder)) {}
  std::string file(const char *name) const { return folder + "/" + name; }
  llvm::Error benchmark(const char *name, unsigned threads, StepTimes &train,
                        StepTimes &predict) const;

  std::string folder; ///< temporary
};

/// What has to go where a step is slower than it was: what this run found for
/// kernels of that step alone, or where there is no such kernel, for all of the
/// step's. Everything where the model as a whole has gained nothing.
std::vector<TuningTask *> slowerTasks(const TuningTasks &tasks,
                                      const ModelComparison &compared);

/// Gives the kernels the schedules back that they had before this run, in the
/// database, too.
llvm::Error takeBack(llvm::ArrayRef<TuningTask *> tasks, Database &database);

/// All that this run has found.
std::vector<TuningTask *> improvedTasks(const TuningTasks &tasks);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_MODELCOMPARISON_H
