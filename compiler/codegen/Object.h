//===- Object.h - LLVM modules to object files ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_OBJECT_H
#define LATHE_COMPILER_CODEGEN_OBJECT_H

#include "compiler/codegen/KernelObjects.h"
#include "llvm/Support/CodeGen.h"

namespace llvm {
class Module;
}

namespace lathe {

struct TargetDescription;

/// Machine code of the module for the target's `cpu` (its full instruction set
/// or its baseline), or its text.
llvm::Expected<ObjectFile>
compileModule(llvm::Module &module, const TargetDescription &target,
              llvm::StringRef cpu,
              llvm::CodeGenFileType type = llvm::CodeGenFileType::ObjectFile);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_OBJECT_H
