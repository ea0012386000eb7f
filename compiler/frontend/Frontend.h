//===- Frontend.h - The door of the frontend --------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_FRONTEND_H
#define LATHE_COMPILER_FRONTEND_FRONTEND_H

#include "llvm/ADT/StringRef.h"
#include <string>

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

/// Reads the YAML model description in the main buffer of `source` into an `nn`
/// module (the imported stage). Every mistake is a diagnostic of the context at
/// its place in the file; then the result is null.
mlir::OwningOpRef<mlir::ModuleOp> importYaml(const llvm::SourceMgr &source,
                                             mlir::MLIRContext &context);

/// The language reference that `lathe layers` prints: all layers, optimizers,
/// losses and callbacks, or one of them with its arguments. Empty when `name`
/// is not known.
std::string describeLanguage(llvm::StringRef name = "");

/// A JSON Schema (draft 2020-12) of the model description, for editors.
std::string modelSchema();

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_FRONTEND_H
