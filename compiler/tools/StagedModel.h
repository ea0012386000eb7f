//===- StagedModel.h - A model file through the stages ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_STAGEDMODEL_H
#define LATHE_COMPILER_TOOLS_STAGEDMODEL_H

#include "compiler/Pipeline.h"
#include "compiler/frontend/Frontend.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/SourceMgr.h"
#include <functional>
#include <memory>
#include <string>

namespace lathe {

/// Says on stderr what went wrong; returns false.
bool fail(const llvm::Twine &message);
bool fail(llvm::Error error);
void warn(const std::string &message);

class StagedModel {
public:
  StagedModel();

  /// Reads the model file: a graph where its name ends in .onnx. Diagnostics
  /// show the line of it, or name the node, here and below.
  /// Lists the layers if asked.
  bool load(const std::string &path, const onnx::ImportOptions &options = {});

  /// Runs the stages up to the one of that name, all where it is empty; calls
  /// `after` behind each, with its number.
  bool runStages(
      const PipelineOptions &options, llvm::StringRef last,
      llvm::function_ref<bool(const Stage &stage, unsigned number)> after);
  bool runStages(
      const Machine &machine, llvm::StringRef last,
      llvm::function_ref<bool(const Stage &stage, unsigned number)> after) {
    PipelineOptions options;
    options.machine = machine;
    return runStages(options, last, after);
  }

  /// Gives each value its shape, and nothing else: layers stay single
  /// operations.
  bool inferShapes();

  /// What `run` returns, with diagnostics shown as those of the model's file.
  bool show(llvm::function_ref<bool()> run);

  /// Prints the operators of an ONNX file, see onnx::printOperators.
  bool printOperators(const std::string &path);

  /// Where messages go: to stderr, as those of `lathe`.
  std::function<void(const std::string &message)> report =
      [](const std::string &message) { fail(message); };

  mlir::ModuleOp module() { return *imported; }
  mlir::MLIRContext *getContext() { return &context; }

private:
  /// Shared, because MLIR's handlers have no virtual destructors.
  std::shared_ptr<mlir::ScopedDiagnosticHandler> handler();

  std::string graph; ///< the path of an ONNX file
  llvm::SourceMgr sources;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> imported;
};

/// `lathe import`: false, and a message, where it fails.
bool printImported(const std::string &path);
bool checkGraph(const std::string &path);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_STAGEDMODEL_H
