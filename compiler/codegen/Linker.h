//===- Linker.h - The system's linker and compiler driver -------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_LINKER_H
#define LATHE_COMPILER_CODEGEN_LINKER_H

#include "compiler/codegen/KernelObjects.h"

namespace lathe {

/// One relocatable object of several (`ld -r`).
llvm::Expected<ObjectFile> mergeObjects(const std::vector<ObjectFile> &objects);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_LINKER_H
