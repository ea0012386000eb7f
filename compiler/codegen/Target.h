//===- Target.h - Instruction sets by name ----------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_TARGET_H
#define LATHE_COMPILER_CODEGEN_TARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>

namespace lathe {

struct TargetDescription {
  llvm::StringLiteral name; ///< as --target
  llvm::StringLiteral triple;
  llvm::StringLiteral cpu;      ///< LLVM's name of it, for kernels
  llvm::StringLiteral baseline; ///< for what runs before the CPU is checked
  llvm::StringLiteral summary;
};

llvm::ArrayRef<TargetDescription> supportedTargets();
const TargetDescription &targetDescription(llvm::StringRef name);

/// Null when this build of LLVM lacks the target.
std::unique_ptr<llvm::TargetMachine>
createTargetMachine(const TargetDescription &target, llvm::StringRef cpu);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_TARGET_H
