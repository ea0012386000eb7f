//===- Banner.h - The first lines of generated text -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_BANNER_H
#define LATHE_COMPILER_CODEGEN_BANNER_H

#include <string>

namespace lathe {

struct CodegenOptions;

/// A C comment that says what generated the file, and how.
std::string banner(const CodegenOptions &options);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_BANNER_H
