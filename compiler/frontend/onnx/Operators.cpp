//===- Operators.cpp - The table of ONNX operators ------------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace lathe::onnx;

const Operator *lathe::onnx::findOperator(llvm::StringRef name,
                                          llvm::StringRef domain) {
  static constexpr llvm::ArrayRef<Operator> (*families[])() = {
      activationOperators,  attentionOperators, constantOperators,
      convolutionOperators, dropoutOperators,   elementwiseOperators,
      indexingOperators,    lossOperators,      normalizationOperators,
      optimizerOperators,   poolingOperators,   productOperators,
      reductionOperators,   resizeOperators,    shapingOperators,
      softmaxOperators};
  if (domain == "ai.onnx")
    domain = "";
  for (auto family : families)
    for (const Operator &row : family())
      if (row.name == name && row.domain == domain)
        return &row;
  return nullptr;
}
