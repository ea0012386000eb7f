//===- FiniteDifferences.h - Gradients against differences ------*- C++ -*-===//
#ifndef LATHE_COMPILER_VERIFY_FINITEDIFFERENCES_H
#define LATHE_COMPILER_VERIFY_FINITEDIFFERENCES_H

#include "compiler/verify/Draw.h"
#include "compiler/verify/Variant.h"
#include <string>
#include <vector>

namespace lathe::verify {

/// The slope of the loss along a random direction of one parameter: what its
/// gradient says, and what central differences find.
struct SlopeRow {
  enum Verdict {
    Agrees,
    Departs,
    Unclear, ///< a kink is near, or rounding is all there is to see
  };
  std::string parameter;
  double gradient = 0, difference = 0;
  double tolerance = 0; ///< what the differences themselves may be wrong by
  Verdict verdict = Agrees;
};

/// Compares the gradients of some parameters, spread over the model, with
/// differences of the loss. The model is compiled as the reference, with
/// gradients that are summed up and not applied. Nothing, with the reason in
/// `error`, where that does not compile.
std::vector<SlopeRow> checkGradients(const Subject &subject,
                                     const std::vector<Array> &start,
                                     unsigned parameters, KernelStore &store,
                                     Random &random, std::string &error);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_FINITEDIFFERENCES_H
