//===- KernelBridge.h - exec.kernel to the kernel room's terms --*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_KERNELBRIDGE_H
#define LATHE_COMPILER_TRANSFORMS_KERNELBRIDGE_H

#include "compiler/kernels/Kernel.h"
#include "dialects/exec/ExecDialect.h"

namespace lathe {

/// What the kernel computes, with the symbol `prefix` + its name. Operations
/// and attributes keep their names, so that no table stands between the two.
kernels::KernelSpec kernelSpec(exec::KernelOp kernel, llvm::StringRef prefix);

/// A kernel of that operation alone, for what the kernel room says of it.
kernels::KernelSpec kernelSpec(mlir::Operation *op);

/// The kernel's schedule, which `choose-schedules` has set.
kernels::Schedule kernelSchedule(exec::KernelOp kernel);

exec::ScheduleAttr scheduleAttr(mlir::MLIRContext *context,
                                const kernels::Schedule &schedule);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_KERNELBRIDGE_H
