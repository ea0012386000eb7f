//===- Tuning.h - A model's kernels tuned -----------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_TUNING_H
#define LATHE_COMPILER_TOOLS_TUNING_H

#include "compiler/frontend/onnx/Onnx.h"
#include "compiler/tuner/Tuner.h"

namespace lathe {

struct TuneRequest {
  enum Mode { Search, DryRun, Show, Export } mode = Search;
  std::string model;         ///< path of the model file
  onnx::ImportOptions graph; ///< where it is one
  std::string database;      ///< path
  TuningOptions options;
};

/// Does what is asked and says it; returns whether it succeeded.
bool tune(TuneRequest request);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_TUNING_H
