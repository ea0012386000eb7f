//===- WriteFile.h - Files written as a whole -------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_WRITEFILE_H
#define LATHE_COMPILER_CODEGEN_WRITEFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
}

namespace lathe {

/// Writes what `print` does to a file, wholly or not at all; "-" is stdout, and
/// what is no file, such as a pipe, is written to. The error names the path.
llvm::Error writeFile(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> print);
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_WRITEFILE_H
