//===- Regularizers.cpp - What large weights add to the loss --------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe::frontend;

namespace {

constexpr Argument l1(llvm::StringLiteral fallback) {
  return {.name = "l1",
          .kind = Kind::Number,
          .fallback = fallback,
          .doc = "factor of the sum of absolute values",
          .range = notNegative};
}

constexpr Argument l2(llvm::StringLiteral fallback) {
  return {.name = "l2",
          .kind = Kind::Number,
          .fallback = fallback,
          .doc = "factor of the sum of squares",
          .range = notNegative};
}

constexpr Argument l1Arguments[] = {l1("0.01")};
constexpr Argument l2Arguments[] = {l2("0.01")};
constexpr Argument bothArguments[] = {l1("0"), l2("0")};

constexpr Row rows[] = {
    {"L1", "l1", "the sum of absolute values", "kernel_regularizer: {l1: 1e-4}",
     l1Arguments},
    {"L2", "l2", "the sum of squares", "kernel_regularizer: {l2: 1e-4}",
     l2Arguments},
    {"L1L2", "l1_l2", "both", "kernel_regularizer: {l1: 1e-5, l2: 1e-4}",
     bothArguments},
};

} // namespace

constexpr Family lathe::frontend::regularizerFamily{
    .noun = "regularizer",
    .nouns = "regularizers",
    .summary = "what large weights add to the loss",
    .rows = rows,
    .byIdentifier = true,
    .unnamed = &rows[2]};

const Family &lathe::frontend::regularizers() { return regularizerFamily; }
