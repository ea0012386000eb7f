//===- DataObject.h - Arrays as an object file ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_DATAOBJECT_H
#define LATHE_COMPILER_CODEGEN_DATAOBJECT_H

#include "compiler/codegen/ModelTables.h"
#include "llvm/Support/Error.h"

namespace lathe {

struct TargetDescription;

/// Writes an object file that defines the arrays as hidden symbols, one array
/// after the other: the weights of a graph, which may be larger than the memory
/// has room for twice. On x86-64 they stand in .lrodata, which linkers put
/// where 2 GB of it are in nobody's way.
llvm::Error writeDataObject(llvm::StringRef path,
                            const std::vector<InitialData> &arrays,
                            const TargetDescription &target);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_DATAOBJECT_H
