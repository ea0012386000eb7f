//===- Generator.h - Random models ------------------------------*- C++ -*-===//
#ifndef LATHE_TEST_GENERATE_GENERATOR_H
#define LATHE_TEST_GENERATE_GENERATOR_H

#include <cstdint>
#include <functional>
#include <string>

namespace lathe::test {

/// The text of a model file: a random network of the layers that the language
/// has, a random recipe. What is drawn is tried: layers that do not fit are
/// thrown away. `trying` hears of each text before the compiler does.
std::string
generateModel(uint64_t seed,
              const std::function<void(const std::string &)> &trying);

} // namespace lathe::test

#endif // LATHE_TEST_GENERATE_GENERATOR_H
