//===- Verify.h - What verifiers have in common -----------------*- C++ -*-===//
#ifndef LATHE_DIALECTS_NN_VERIFY_H
#define LATHE_DIALECTS_NN_VERIFY_H

#include "dialects/nn/Shapes.h"
#include "mlir/IR/ValueRange.h"

namespace lathe::nn {

/// The shape of a value whose type is ranked.
llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

/// The error of an operation that violates a constraint of its description; the
/// message begins with the constraint's label, OP_cN.
mlir::InFlightDiagnostic violates(mlir::Operation *op, unsigned constraint);

/// The constraint that an operand or result of `op` has this shape.
llvm::LogicalResult needsShape(mlir::Operation *op, unsigned constraint,
                               mlir::Value value,
                               llvm::ArrayRef<int64_t> shape);
/// The same for several values.
llvm::LogicalResult needShape(mlir::Operation *op, unsigned constraint,
                              mlir::ValueRange values,
                              llvm::ArrayRef<int64_t> shape);

/// Axes as they count from the front; fails where they are not different
/// dimensions of a tensor of this rank, from `least` on.
llvm::FailureOr<llvm::SmallVector<int64_t>>
normalizeAxes(llvm::ArrayRef<int64_t> axes, int64_t rank, int64_t least = 0);

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_VERIFY_H
