//===- Suggest.h - Advice after a word nobody knows -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_SUGGEST_H
#define LATHE_COMPILER_FRONTEND_SUGGEST_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace lathe::frontend {

/// The candidate that was probably meant; empty where none is close.
llvm::StringRef closest(llvm::StringRef written,
                        llvm::ArrayRef<llvm::StringRef> candidates);

/// "; did you mean 'Conv2D'?" where a candidate is close to what was written,
/// otherwise "; use one of ..." with all of them.
std::string suggest(llvm::StringRef written,
                    llvm::ArrayRef<llvm::StringRef> candidates);

/// The names in a table.
template <typename Table>
llvm::SmallVector<llvm::StringRef> namesOf(const Table &table) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &row : table)
    names.push_back(row.name);
  return names;
}

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_SUGGEST_H
