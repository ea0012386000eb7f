//===- Frontend.h - The door of the frontend --------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_FRONTEND_H
#define LATHE_COMPILER_FRONTEND_FRONTEND_H

#include "compiler/frontend/onnx/Onnx.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace llvm {
class SourceMgr;
}
namespace mlir {
class MLIRContext;
class ModuleOp;
template <typename OpTy>
class OwningOpRef;
} // namespace mlir

namespace lathe::frontend {

using onnx::ImportedLayer;

/// Reads the YAML model description in the main buffer of `source` into an `nn`
/// module (the imported stage). Every mistake is a diagnostic of the context at
/// its place in the file; then the result is null. Lists the layers if asked.
mlir::OwningOpRef<mlir::ModuleOp>
importYaml(const llvm::SourceMgr &source, mlir::MLIRContext &context,
           std::vector<ImportedLayer> *layers = nullptr);

/// Reads an ONNX graph, and the recipe in the main buffer of `recipe`, into an
/// `nn` module that is trained from the graph's weights. Mistakes are
/// diagnostics at their place in the recipe, or at the graph's node.
mlir::OwningOpRef<mlir::ModuleOp>
importGraph(const std::string &path, const llvm::SourceMgr &recipe,
            mlir::MLIRContext &context, const onnx::ImportOptions &options);

/// The language reference that `lathe layers` prints: all layers, optimizers,
/// losses and callbacks, or one of them with its arguments. Empty when `name`
/// is not known.
std::string describeLanguage(llvm::StringRef name = "");

/// A JSON Schema (draft 2020-12) of the model description, for editors.
std::string modelSchema();
/// The same of recipes for graphs.
std::string recipeSchema();

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_FRONTEND_H
