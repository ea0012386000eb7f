//===- ModelComparison.h - Whole models against each other ------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_MODELCOMPARISON_H
#define LATHE_COMPILER_TUNER_MODELCOMPARISON_H

#include "compiler/tuner/Tuner.h"

namespace lathe {

struct ModelTimes {
  double train = 0, predict = 0; ///< ms; 0 where the model has no such step
};

struct ModelComparison {
  ModelTimes untuned, tuned;

  /// Of training steps and predictions together, as a factor.
  double gain() const;
};

/// Links the model twice, with default schedules and with the best ones, and
/// runs the `benchmark` of both executables in turns: what a user gets, not the
/// sum of kernels. Leaves the best schedules in the module.
llvm::Expected<ModelComparison> compareModels(mlir::ModuleOp planned,
                                              const TuningTasks &tasks,
                                              const TuningOptions &options,
                                              const std::atomic<bool> &stop);

/// Takes back what a run has stored.
llvm::Error forgetImprovements(const TuningTasks &tasks, Database &database);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_MODELCOMPARISON_H
