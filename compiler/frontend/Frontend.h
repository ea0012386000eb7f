//===- Frontend.h - The door of the frontend --------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_FRONTEND_H
#define LATHE_COMPILER_FRONTEND_FRONTEND_H

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

/// A layer as the file has it, while the module is in the imported stage or its
/// shapes are inferred.
struct ImportedLayer {
  std::string name;
  llvm::StringRef kind; ///< Conv2D
  mlir::Value result;
  llvm::SmallVector<mlir::Operation *> parameters; ///< its variables
};

/// Reads the YAML model description in the main buffer of `source` into an `nn`
/// module (the imported stage). Every mistake is a diagnostic of the context at
/// its place in the file; then the result is null. Lists the layers if asked.
mlir::OwningOpRef<mlir::ModuleOp>
importYaml(const llvm::SourceMgr &source, mlir::MLIRContext &context,
           std::vector<ImportedLayer> *layers = nullptr);

/// The language reference that `lathe layers` prints: all layers, optimizers,
/// losses and callbacks, or one of them with its arguments. Empty when `name`
/// is not known.
std::string describeLanguage(llvm::StringRef name = "");

/// A JSON Schema (draft 2020-12) of the model description, for editors.
std::string modelSchema();

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_FRONTEND_H
