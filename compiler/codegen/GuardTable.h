//===- GuardTable.h - What a training step's guard checks -------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_GUARDTABLE_H
#define LATHE_COMPILER_CODEGEN_GUARDTABLE_H

#include "compiler/codegen/ModelTables.h"

namespace lathe {

/// In the terms of runtime/embedded/internal.h.
struct GuardTable {
  std::vector<Constant::Fields> bounds; ///< lathe_bound each
  std::vector<Constant::Fields> kept;   ///< lathe_kept each
  int64_t place = -1;                   ///< in the train arena
  double rateFactor = 0, weightDecay = 0;
};

/// Of a module whose training step has a guard.
GuardTable describeGuard(mlir::ModuleOp planned);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_GUARDTABLE_H
