//===- Object.h - LLVM modules to object files ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_OBJECT_H
#define LATHE_COMPILER_CODEGEN_OBJECT_H

#include "compiler/codegen/KernelObjects.h"

namespace llvm {
class Module;
}

namespace lathe {

struct TargetDescription;

/// Machine code of the module for the target's `cpu` (its full instruction set
/// or its baseline).
llvm::Expected<ObjectFile> compileModule(llvm::Module &module,
                                         const TargetDescription &target,
                                         llvm::StringRef cpu);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_OBJECT_H
