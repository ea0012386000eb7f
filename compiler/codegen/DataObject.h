//===- DataObject.h - Arrays as an object file ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_DATAOBJECT_H
#define LATHE_COMPILER_CODEGEN_DATAOBJECT_H

#include "compiler/codegen/ModelTables.h"
#include "llvm/Support/Error.h"

namespace lathe {

struct TargetDescription;

/// Writes an object file that defines the arrays as hidden symbols, one array
/// after the other, in a section without contents: the weights of a graph may
/// be larger than the memory has room for twice, and a linker maps what it reads
/// and what it writes. On x86-64 the section is .lrodata, which linkers put
/// where 2 GB of it are in nobody's way.
llvm::Error writeDataObject(llvm::StringRef path,
                            const std::vector<InitialData> &arrays,
                            const TargetDescription &target);

/// Gives the section its contents, in an object that was linked of several, one
/// of which is the data object of these arrays.
llvm::Error insertData(llvm::StringRef path,
                       const std::vector<InitialData> &arrays,
                       const TargetDescription &target);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_DATAOBJECT_H
