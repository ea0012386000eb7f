//===- Pipeline.h - The stages of the compiler ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_PIPELINE_H
#define LATHE_COMPILER_PIPELINE_H

#include "compiler/machine/Machine.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <functional>
#include <set>
#include <string>

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace lathe {

struct PipelineOptions {
  Machine machine = Isa::X86_64_V3; ///< the CPU to plan for
  /// Optimizations that are left out, by name.
  std::set<std::string, std::less<>> without;

  bool has(llvm::StringRef optimization) const {
    return !without.count(optimization);
  }
};

/// What the pipeline does for speed or memory alone: passes by their flags, and
/// parts of passes.
struct Optimization {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
};

/// In the order in which they take effect. A model without any of them is the
/// reference of `lathe verify`, and what `--opt-level=0` compiles: one
/// operation a kernel, naive schedules, separate memory for each value.
llvm::ArrayRef<Optimization> optimizations();
PipelineOptions withoutOptimizations(const Machine &machine);

/// A stage: its name, what holds when it is done, and the passes that lead to
/// it from the stage before. The last of them verifies the stage.
struct Stage {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  void (*build)(mlir::OpPassManager &, const PipelineOptions &);
};

/// In order: imported, typed, stepped, planned. `--stop-after`, `--dump-stages`
/// and the help text come from this table.
llvm::ArrayRef<Stage> stages();

/// All passes and pipelines by name, for lathe-opt.
void registerAllPasses();

/// All dialects the compiler works with.
void registerAllDialects(mlir::DialectRegistry &registry);

} // namespace lathe

#endif // LATHE_COMPILER_PIPELINE_H
