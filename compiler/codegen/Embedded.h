//===- Embedded.h - Files that are bytes of the compiler --------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_EMBEDDED_H
#define LATHE_COMPILER_CODEGEN_EMBEDDED_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace lathe {

/// The C files of runtime/embedded as one LLVM module.
llvm::StringRef embeddedBitcode();

/// runtime/artifact.h.
llvm::StringRef artifactHeader();

/// runtime/embedded/internal.h and the C files behind it, without the lines
/// that include our own headers: they follow artifactHeader() in one file.
std::string embeddedHeaderText();
std::string embeddedText();

/// The text with `lathe_this_` replaced by the model's own prefix.
std::string withPrefix(llvm::StringRef text, llvm::StringRef model);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_EMBEDDED_H
