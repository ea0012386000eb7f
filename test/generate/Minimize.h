//===- Minimize.h - The smallest model that still fails ---------*- C++ -*-===//
#ifndef LATHE_TEST_GENERATE_MINIMIZE_H
#define LATHE_TEST_GENERATE_MINIMIZE_H

#include <functional>
#include <string>

namespace lathe::test {

/// Takes layers and arguments out of a model's text, one after the other, as
/// long as it `fails`, at most `trials` times.
std::string minimize(std::string model, unsigned trials,
                     const std::function<bool(const std::string &)> &fails);

} // namespace lathe::test

#endif // LATHE_TEST_GENERATE_MINIMIZE_H
