//===- Codegen.h - The door of code generation ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_CODEGEN_H
#define LATHE_COMPILER_CODEGEN_CODEGEN_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <string>

namespace mlir {
class ModuleOp;
}

namespace lathe {

struct CodegenOptions {
  std::string target = "x86-64-v3"; ///< as --target, "host" resolved
  std::string commandLine;          ///< for the banner of generated text
  std::string cacheDirectory;       ///< compiled kernels; empty: no cache
  unsigned threads = 0;             ///< compiling; 0: one per core
  /// Called, from one thread at a time, when a kernel is ready.
  std::function<void(unsigned done, unsigned total)> progress;
  std::function<void(llvm::StringRef message)> warn;
};

/// "lathe 0.1.0".
std::string compilerVersion();

/// The instruction set that `target` names: "host" becomes what this CPU has.
/// An error lists what there is.
llvm::Expected<std::string> resolveTarget(llvm::StringRef target);

/// Whether this machine can run what is compiled for the target.
bool runsHere(llvm::StringRef target);

/// The model's name: the prefix of all its symbols.
std::string modelName(mlir::ModuleOp planned);

/// An object file with the model's functions, steps and kernels.
llvm::Expected<llvm::SmallVector<char, 0>>
emitObject(mlir::ModuleOp planned, const CodegenOptions &options);

/// The plain C header that goes with it.
std::string emitHeader(mlir::ModuleOp planned, const CodegenOptions &options);

/// The same artifact as one self-contained C++17 file.
llvm::Expected<std::string> emitCpp(mlir::ModuleOp planned,
                                    const CodegenOptions &options);

/// Links the object of `model` with the runtime's command line.
llvm::Error linkExecutable(llvm::ArrayRef<char> object, llvm::StringRef model,
                           llvm::StringRef output);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_CODEGEN_H
