//===- KernelTexts.h - Kernels to be read -----------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_KERNELTEXTS_H
#define LATHE_COMPILER_CODEGEN_KERNELTEXTS_H

#include "compiler/codegen/Codegen.h"
#include "dialects/exec/ExecDialect.h"
#include "llvm/Support/Error.h"
#include <string>

namespace lathe {

/// What becomes of a kernel: Halide's lowered form, LLVM's IR, and assembly.
struct KernelTexts {
  std::string statement, ir, assembly;
};
llvm::Expected<KernelTexts> describeKernel(exec::KernelOp kernel,
                                           llvm::StringRef model,
                                           const CodegenOptions &options);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_KERNELTEXTS_H
