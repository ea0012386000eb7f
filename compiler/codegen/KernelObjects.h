//===- KernelObjects.h - Kernels compiled to object files -------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_KERNELOBJECTS_H
#define LATHE_COMPILER_CODEGEN_KERNELOBJECTS_H

#include "compiler/codegen/Codegen.h"
#include "compiler/kernels/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace lathe {

using ObjectFile = llvm::SmallVector<char, 0>;

/// The name under which kernels find the model's own parallel loop.
std::string parallelForSymbol(llvm::StringRef model);

/// Compiles all kernels of the module, several at a time, or takes them from
/// the cache. Each object has one hidden symbol: the model's prefix and the
/// kernel's name. A schedule that does not compile gives way to the default.
llvm::Expected<std::vector<ObjectFile>>
compileKernels(mlir::ModuleOp planned, const CodegenOptions &options);

/// Compiles one kernel of the model, or takes it from the cache; the options'
/// target is resolved.
llvm::Expected<ObjectFile> compileKernel(const kernels::KernelSpec &spec,
                                         const kernels::Schedule &schedule,
                                         llvm::StringRef model,
                                         const CodegenOptions &options);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_KERNELOBJECTS_H
