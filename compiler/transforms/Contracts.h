//===- Contracts.h - What stages promise, checked ---------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_CONTRACTS_H
#define LATHE_COMPILER_TRANSFORMS_CONTRACTS_H

#include "mlir/IR/BuiltinOps.h"

namespace lathe {

/// An error at the operation, with a note that names the pass to blame.
llvm::LogicalResult blame(mlir::Operation *op, const llvm::Twine &what,
                          llvm::StringRef pass);

/// Every layer has the types that its shape rule infers; what is typed from the
/// start, its own verifier checks. `pass` is the last one.
llvm::LogicalResult verifyShapes(mlir::ModuleOp module, llvm::StringRef pass);

/// The planned stage: places of memory, calls and what they overwrite.
llvm::LogicalResult verifyPlan(mlir::ModuleOp module);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_CONTRACTS_H
