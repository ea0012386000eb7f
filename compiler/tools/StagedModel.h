//===- StagedModel.h - A model file through the stages ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_STAGEDMODEL_H
#define LATHE_COMPILER_TOOLS_STAGEDMODEL_H

#include "compiler/Pipeline.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"
#include <string>

namespace lathe {

/// Says on stderr what went wrong; returns false.
bool fail(const llvm::Twine &message);
bool fail(llvm::Error error);
void warn(const std::string &message);

class StagedModel {
public:
  StagedModel();

  /// Reads the model file. Diagnostics show the line of it, here and below.
  bool load(const std::string &path);

  /// Runs the stages up to the one of that name, all where it is empty; calls
  /// `after` behind each, with its number.
  bool runStages(
      const std::string &target, llvm::StringRef last,
      llvm::function_ref<bool(const Stage &stage, unsigned number)> after);

  mlir::ModuleOp module() { return *imported; }
  mlir::MLIRContext *getContext() { return &context; }

private:
  llvm::SourceMgr sources;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> imported;
};

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_STAGEDMODEL_H
