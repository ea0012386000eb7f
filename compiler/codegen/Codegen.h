//===- Codegen.h - The door of code generation ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_CODEGEN_H
#define LATHE_COMPILER_CODEGEN_CODEGEN_H

#include "compiler/machine/Machine.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
}

namespace lathe {

struct CodegenOptions {
  std::string target = "x86-64-v3"; ///< as --target, "host" resolved
  std::string cpu = "generic";      ///< as --cpu, "host" included
  int cores = 0;                    ///< to plan for; 0: the default
  std::string commandLine;          ///< for the banner of generated text
  std::string cacheDirectory;       ///< compiled kernels; empty: no cache
  unsigned threads = 0;             ///< compiling; 0: one per core
  /// Called, from one thread at a time, when a kernel is ready.
  std::function<void(unsigned done, unsigned total)> progress;
  std::function<void(llvm::StringRef message)> warn;

  /// What is planned for. The target is resolved, the CPU is known.
  Machine machine() const;
};

/// "lathe 0.1.0".
std::string compilerVersion();

/// The instruction set that `target` names: "host" becomes what this CPU has.
/// An error lists what there is.
llvm::Expected<std::string> resolveTarget(llvm::StringRef target);

/// Why artifacts for the target cannot be planned for the CPU; success where
/// they can. An error lists what there is.
llvm::Error checkCpu(llvm::StringRef cpu, llvm::StringRef target);

/// Whether this machine can run what is compiled for the target.
bool runsHere(llvm::StringRef target);

/// Whether this machine's compiler links what is compiled for the target.
bool linksHere(llvm::StringRef target);

/// The model's name: the prefix of all its symbols.
std::string modelName(mlir::ModuleOp planned);

/// The kernels as object files, and the smallest stack that a thread needs to
/// run any of them.
struct CompiledKernels {
  std::vector<llvm::SmallVector<char, 0>> objects;
  int64_t stackSize = 0;
};
llvm::Expected<CompiledKernels> emitKernels(mlir::ModuleOp planned,
                                            const CodegenOptions &options);

/// Writes an object file with the model's functions, steps, kernels and
/// weights.
llvm::Error emitObjectFile(mlir::ModuleOp planned,
                           const CompiledKernels &kernels,
                           const CodegenOptions &options,
                           llvm::StringRef output);
/// The same in memory.
llvm::Expected<llvm::SmallVector<char, 0>>
emitObject(mlir::ModuleOp planned, const CodegenOptions &options);

/// The plain C header that goes with it.
std::string emitHeader(mlir::ModuleOp planned, int64_t stackSize,
                       const CodegenOptions &options);

/// The same artifact as one self-contained C++17 file.
llvm::Expected<std::string> emitCpp(mlir::ModuleOp planned,
                                    const CodegenOptions &options);

/// Links the object file of `model` with the runtime's command line.
llvm::Error linkExecutable(llvm::StringRef object, llvm::StringRef model,
                           llvm::StringRef output);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_CODEGEN_H
