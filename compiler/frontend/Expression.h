//===- Expression.h - Arithmetic in the body of a block ---------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_EXPRESSION_H
#define LATHE_COMPILER_FRONTEND_EXPRESSION_H

#include "compiler/frontend/Source.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace lathe::frontend {

/// The text of a parameter's value; null, after a report, where it has none.
using Lookup = llvm::function_ref<const std::string *(llvm::StringRef name)>;

/// The value of an expression as a text: "4 * $filters" gives "256". Integers,
/// numbers, flags and words, with Python's operators: or, and, not, == != < <=
/// > >=, + - * / // %, and parentheses. A quotient of integers is an integer
/// where it has no remainder.
llvm::FailureOr<std::string> evaluate(const Source &source, Place place,
                                      llvm::StringRef text, Lookup lookup);

/// Calls `visit` with each $name of an expression.
void visitNames(llvm::StringRef text,
                llvm::function_ref<void(llvm::StringRef name)> visit);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_EXPRESSION_H
