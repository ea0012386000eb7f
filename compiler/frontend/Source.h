//===- Source.h - The model file, its places, its errors --------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_SOURCE_H
#define LATHE_COMPILER_FRONTEND_SOURCE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/LogicalResult.h"
#include <vector>

namespace llvm {
class SourceMgr;
}
namespace mlir {
class Location;
class MLIRContext;
} // namespace mlir

namespace lathe::frontend {

/// A place in the model file: a pointer into its text, or at its end.
using Place = const char *;

/// The text of a model file. Turns places into locations and mistakes into
/// diagnostics of the context.
class Source {
public:
  Source(const llvm::SourceMgr &manager, mlir::MLIRContext &context);

  llvm::StringRef text() const { return content; }
  mlir::Location locate(Place place) const;

  /// Reports a mistake, with the advice of a note elsewhere if there is one.
  /// Always failure, so that a check can return it.
  llvm::LogicalResult error(Place place, const llvm::Twine &message,
                            Place notePlace = nullptr,
                            const llvm::Twine &note = "") const;

private:
  mlir::MLIRContext &context;
  llvm::StringRef name, content;
  std::vector<Place> lines; ///< where each line begins
};

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_SOURCE_H
