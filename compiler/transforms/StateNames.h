//===- StateNames.h - Names of the state of training ------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_STATENAMES_H
#define LATHE_COMPILER_TRANSFORMS_STATENAMES_H

#include "dialects/nn/NNDialect.h"

namespace lathe {

/// State variables have names made from those of parameters. A parameter that
/// has such a name already is the user's mistake: both are in one checkpoint.
inline mlir::LogicalResult checkStateName(const mlir::SymbolTable &symbols,
                                          llvm::StringRef name) {
  mlir::Operation *taken = symbols.lookup(name);
  if (!taken)
    return mlir::success();
  return mlir::emitError(taken->getLoc())
         << "parameter '" << name
         << "' has the name of a state variable of training; rename the layer "
            "or its block";
}

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_STATENAMES_H
