//===- Scalars.h - Texts of numbers, flags and names ------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_SCALARS_H
#define LATHE_COMPILER_FRONTEND_SCALARS_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace lathe::frontend {

/// A decimal integer.
std::optional<int64_t> parseInteger(llvm::StringRef text);

/// A finite decimal number, or a fraction of two.
std::optional<double> parseNumber(llvm::StringRef text);

/// true or false, in YAML's and Python's spelling.
std::optional<bool> parseFlag(llvm::StringRef text);

/// A letter, then up to 63 letters, digits and underscores: a name in C.
bool isIdentifier(llvm::StringRef text);

/// The same with dashes too: the name of a layer, a block or a model.
bool isName(llvm::StringRef text);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_SCALARS_H
