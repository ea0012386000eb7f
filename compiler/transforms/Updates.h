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

/// Operations with the trait nn::AppliesGradient make finite results of finite
/// operands with a gradient below 2^gradientBound (kernels/Optimizers.cpp).
inline constexpr int64_t gradientBound = 60;

/// The first call that applies a gradient, before which the guard stands; null
/// where there is none: then it stands at the end.
exec::CallOp firstUpdate(exec::FuncOp step);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_UPDATES_H
