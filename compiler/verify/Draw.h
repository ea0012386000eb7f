//===- Draw.h - Random weights and samples ----------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_VERIFY_DRAW_H
#define LATHE_COMPILER_VERIFY_DRAW_H

#include "compiler/verify/Variant.h"
#include <random>

namespace lathe::verify {

using Random = std::mt19937_64;

/// The model's variables with values for what it draws at random, and some for
/// biases and factors, so that each of them matters. Weights of a graph stay,
/// and are not among them where it is only run.
std::vector<Array> drawVariables(Variant &model, mlir::ModuleOp imported,
                                 Random &random);

/// Samples for a step: images (between 0 and what a Rescaling at the start
/// makes 1 of), class numbers, sample weights; numbers without a pattern for
/// the inputs of a graph, zeros and ones where these are integers.
std::vector<Array> drawInputs(Variant &model, mlir::ModuleOp imported,
                              llvm::StringRef step, int samples,
                              Random &random);

/// The call with all numbers off by some units in the last place, and what its
/// kernels compute as well.
Call perturb(const Call &call, Random &random);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_DRAW_H
