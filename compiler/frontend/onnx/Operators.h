//===- Operators.h - The table of ONNX operators ----------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_OPERATORS_H
#define LATHE_COMPILER_FRONTEND_ONNX_OPERATORS_H

#include "compiler/frontend/onnx/Node.h"

namespace lathe::onnx {

/// The opsets whose meaning is known here.
inline constexpr int64_t oldestOpset = 6, newestOpset = 27;

/// An operator that is supported.
struct Operator {
  llvm::StringLiteral name;
  llvm::StringLiteral attributes; ///< that it may have, separated by spaces
  void (*build)(Node &node);      ///< throws Refusal
  /// "" is ONNX's own.
  llvm::StringLiteral domain = "";
  int64_t oldest = oldestOpset; ///< whose meaning is known
};

// A family per file.
llvm::ArrayRef<Operator> activationOperators();
llvm::ArrayRef<Operator> attentionOperators();
llvm::ArrayRef<Operator> constantOperators();
llvm::ArrayRef<Operator> convolutionOperators();
llvm::ArrayRef<Operator> dropoutOperators();
llvm::ArrayRef<Operator> elementwiseOperators();
llvm::ArrayRef<Operator> indexingOperators();
llvm::ArrayRef<Operator> lossOperators();
llvm::ArrayRef<Operator> normalizationOperators();
llvm::ArrayRef<Operator> optimizerOperators();
llvm::ArrayRef<Operator> poolingOperators();
llvm::ArrayRef<Operator> productOperators();
llvm::ArrayRef<Operator> reductionOperators();
llvm::ArrayRef<Operator> resizeOperators();
llvm::ArrayRef<Operator> shapingOperators();
llvm::ArrayRef<Operator> softmaxOperators();

/// Null where it is not supported.
const Operator *findOperator(llvm::StringRef name, llvm::StringRef domain);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_OPERATORS_H
