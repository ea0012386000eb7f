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
  llvm::Error benchmark(const char *name, unsigned threads,
                        ModelTimes &times) const;

  std::string folder; ///< temporary
};

/// Takes back what a run has stored.
llvm::Error forgetImprovements(const TuningTasks &tasks, Database &database);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_MODELCOMPARISON_H
