//===- Examine.h - A generated model through lathe verify -------*- C++ -*-===//
#ifndef LATHE_TEST_GENERATE_EXAMINE_H
#define LATHE_TEST_GENERATE_EXAMINE_H

#include <cstdint>
#include <string>

namespace lathe::test {

/// What became of a model. Two findings of one kind are the same to the
/// minimiser.
struct Finding {
  std::string kind; ///< empty: all is well
  std::string text; ///< what was said
};

/// Compiles the model and its reference, trains, predicts and compares them,
/// and compares gradients with finite differences.
Finding examine(const std::string &model, uint64_t seed);

} // namespace lathe::test

#endif // LATHE_TEST_GENERATE_EXAMINE_H
