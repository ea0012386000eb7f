//===- Updates.h - What is known of optimizer updates -----------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_UPDATES_H
#define LATHE_COMPILER_TRANSFORMS_UPDATES_H

#include "dialects/exec/ExecDialect.h"

namespace lathe {

/// Of @train_step as an exec.func: it has a guard, which ends the step before
/// its first update where the results might not be finite. The place and the
/// size in the arena of what the guard keeps: a record, and a copy of what the
/// step has written over by then (moving statistics), made before the step.
inline constexpr llvm::StringLiteral guardAttr = "exec.guard";

/// Whether the operation applies a gradient, operand 1, to a parameter or to a
/// sum of gradients, operand 0. From finite operands with a gradient below
/// 2^gradientBound it makes finite results (kernels/Optimizers.cpp).
bool appliesGradient(mlir::Operation *op);
inline constexpr int64_t gradientBound = 60;

/// The first call that applies a gradient, before which the guard stands; null
/// where there is none: then it stands at the end.
exec::CallOp firstUpdate(exec::FuncOp step);

/// Whether the guard knows a bound of the result from bounds of the operands:
/// what may stand between a gradient and its update in one kernel.
bool keepsBounds(mlir::Operation *op);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_UPDATES_H
