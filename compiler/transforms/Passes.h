//===- Passes.h - The door of the transforms --------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_PASSES_H
#define LATHE_COMPILER_TRANSFORMS_PASSES_H

#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace lathe {

#define GEN_PASS_DECL
#include "compiler/transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/transforms/Passes.h.inc"

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_PASSES_H
