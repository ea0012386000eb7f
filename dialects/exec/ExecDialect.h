//===- ExecDialect.h - The door of the exec dialect -------------*- C++ -*-===//
#ifndef LATHE_DIALECTS_EXEC_EXECDIALECT_H
#define LATHE_DIALECTS_EXEC_EXECDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/exec/ExecDialect.h.inc"
#include "dialects/exec/ExecEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/ExecAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/exec/ExecOps.h.inc"

namespace lathe::exec {

/// The operand or argument number whose memory result `result` takes; -1 where
/// it has memory of its own. `inPlace` may be empty.
inline int64_t inPlaceOperand(llvm::ArrayRef<int64_t> inPlace,
                              unsigned result) {
  return inPlace.empty() ? -1 : inPlace[result];
}

/// Marks arguments that a step writes, where its arguments have attributes.
inline constexpr llvm::StringLiteral outputAttr = "exec.output";

/// How many of a step's arguments are inputs: those before the first that is
/// written.
unsigned countInputs(FuncOp step);

} // namespace lathe::exec

#endif // LATHE_DIALECTS_EXEC_EXECDIALECT_H
