//===- WithoutEffect.h - Arguments that change nothing ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_WITHOUTEFFECT_H
#define LATHE_COMPILER_FRONTEND_WITHOUTEFFECT_H

#include "compiler/frontend/Check.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lathe::frontend {

/// Warns of what is written in a model or a recipe and changes nothing, because
/// of what else is or is not there.
void warnWithoutEffect(const Source &source, const Setting &model,
                       mlir::ModuleOp module);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_WITHOUTEFFECT_H
