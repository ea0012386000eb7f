//===- AugmentTable.h - What is drawn for images ----------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_AUGMENTTABLE_H
#define LATHE_COMPILER_CODEGEN_AUGMENTTABLE_H

#include "compiler/codegen/ModelTables.h"

namespace lathe {

/// lathe_draw each, in the order in which they are drawn.
std::vector<Constant::Fields> describeDraws(mlir::ModuleOp planned);
/// The same of what mixes a batch's images.
std::vector<Constant::Fields> describeMixes(mlir::ModuleOp planned);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_AUGMENTTABLE_H
