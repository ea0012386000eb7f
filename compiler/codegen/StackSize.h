//===- StackSize.h - The stack that an artifact's threads need --*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_STACKSIZE_H
#define LATHE_COMPILER_CODEGEN_STACKSIZE_H

#include "compiler/codegen/KernelObjects.h"

namespace lathe {

/// What the embedded functions that call a kernel take, which emitObject
/// checks, and the C library's below it.
inline constexpr int64_t callersStack = 56 << 10;

/// Bytes of the frames of all the object's functions: a kernel and the bodies
/// of its loops, which may be nested. Read from its section of stack sizes.
llvm::Expected<int64_t> framesOf(const ObjectFile &object);

/// The smallest stack that a thread needs: that of the kernel with the largest
/// frames, and its callers.
llvm::Expected<int64_t> stackSize(const std::vector<ObjectFile> &kernels);

/// What no kernel's scratch comes near to: of the C++ form, whose frames its own
/// compiler makes.
inline constexpr int64_t cppStack = 512 << 10;

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_STACKSIZE_H
