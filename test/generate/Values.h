//===- Values.h - Random values for the arguments of the language -*- C++
//-*-===//
#ifndef LATHE_TEST_GENERATE_VALUES_H
#define LATHE_TEST_GENERATE_VALUES_H

#include "compiler/frontend/Language.h"
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lathe::test {

class Dice {
public:
  explicit Dice(uint64_t seed) : engine(seed) {}
  int64_t between(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(engine);
  }
  bool chance(double probability) {
    return std::bernoulli_distribution(probability)(engine);
  }
  template <typename Container>
  auto &pick(Container &&items) {
    return items[size_t(between(0, int64_t(std::size(items)) - 1))];
  }

private:
  std::mt19937_64 engine;
};

/// What a value may depend on: the tensor that a layer reads, without the
/// batch, and names that a list of texts may hold.
struct Surroundings {
  std::vector<int64_t> shape;
  std::vector<std::string> texts;
};

/// A value for the argument, as a user would write it; empty where none is to
/// be had. Most are valid by themselves, not all fit what stands around them.
std::string randomValue(const frontend::Argument &argument,
                        const Surroundings &around, Dice &dice);

/// `NAME: {argument: value, ...}`, with some of the optional arguments, and
/// with `more` between the braces.
std::string randomEntry(const frontend::Row &row,
                        llvm::ArrayRef<frontend::Argument> common,
                        const Surroundings &around, const std::string &more,
                        Dice &dice);

} // namespace lathe::test

#endif // LATHE_TEST_GENERATE_VALUES_H
