//===- ModuleMachine.h - The CPU that a module is planned for ---*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_MODULEMACHINE_H
#define LATHE_COMPILER_TRANSFORMS_MODULEMACHINE_H

#include "compiler/machine/Machine.h"
#include "mlir/IR/BuiltinOps.h"

namespace lathe {

/// What `set-machine` has written, the generic x86-64-v3 where it did not run.
Machine machineOf(mlir::ModuleOp module);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_MODULEMACHINE_H
