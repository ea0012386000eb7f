//===- Values.cpp - Random values for the arguments of the language -------===//
#include "test/generate/Values.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace lathe::frontend;

namespace lathe::test {

namespace {
/// Sizes that are odd, those that divide vectors, and their neighbours; small
/// ones more often.
constexpr int64_t sizes[] = {1,  1,  2,  2,  2,  3,  3,  3,  4,  4,  5,
                             6,  7,  8,  8,  9,  10, 12, 15, 16, 16, 17,
                             20, 24, 31, 32, 32, 33, 40, 48, 64, 96, 128};

constexpr double numbers[] = {0,    0,   1e-4, 1e-3, 0.01, 0.1,  0.2,
                              0.25, 0.3, 0.5,  0.7,  0.9,  0.99, 1,
                              1.5,  2,   3,    -0.3, -1};

class Drawer {
public:
  Drawer(const Argument &argument, const Surroundings &around, Dice &dice)
      : argument(argument), around(around), dice(dice) {}

  std::string draw() {
    switch (argument.kind) {
    case Kind::Integer:
      return integer(largest());
    case Kind::Number:
    case Kind::PerChannel:
      return number();
    case Kind::Rate:
      return dice.chance(0.3) ? entry() : number();
    case Kind::Flag:
      return dice.chance(0.5) ? "true" : "false";
    case Kind::Choice:
      return dice.pick(argument.choices).name.str();
    case Kind::Choices:
      return "[" + dice.pick(argument.choices).name.str() + "]";
    case Kind::Texts:
    case Kind::Patterns:
      return texts();
    case Kind::Pair:
      return dice.chance(0.6) ? integer(5) : list(2, 5);
    case Kind::Sides:
      return dice.chance(0.5) ? integer(3) : list(2, 3);
    case Kind::Border:
      return border();
    case Kind::Padding:
      return dice.chance(0.7) ? dice.pick(argument.choices).name.str()
                              : border();
    case Kind::Extents:
      return extents();
    case Kind::Integers:
      return integers();
    case Kind::Weights:
      return "{0: " + number() + ", 1: " + number() + "}";
    case Kind::Entry:
      return entry();
    default: // numbers, names, sections: those who write the model see to them
      return "";
    }
  }

private:
  bool allows(double value) const {
    const Range &range = argument.range;
    return (range.openLeast ? value > range.least : value >= range.least) &&
           (range.openMost ? value < range.most : value <= range.most);
  }

  int64_t largest() {
    bool counts = argument.name == "filters" || argument.name == "units";
    if (!counts)
      return 6;
    return dice.chance(0.1) ? 128 : 40;
  }

  std::string integer(int64_t most) {
    for (int trial = 0; trial < 100; ++trial) {
      int64_t value = dice.pick(sizes);
      if (argument.range.least < 0 && dice.chance(0.4))
        value = -value;
      if (argument.range.least <= 0 && dice.chance(0.1))
        value = 0;
      if (std::abs(value) <= most && allows(double(value)))
        return std::to_string(value);
    }
    return std::to_string(int64_t(argument.range.least));
  }

  std::string number() {
    llvm::StringRef name = argument.name;
    // Training is to stay finite for some steps.
    if (name.contains("learning_rate") && !name.contains("multiplier"))
      return fmt::format("{:.3g}", std::pow(10, -1 - 3 * share()));
    if (name == "epsilon")
      return fmt::format("{:.3g}", std::pow(10, -2 - 5 * share()));
    for (int trial = 0; trial < 100; ++trial)
      if (double value = dice.pick(numbers); allows(value))
        return fmt::format("{:g}", value);
    return fmt::format("{:g}",
                       (argument.range.least + argument.range.most) / 2);
  }

  double share() { return double(dice.between(0, 1000)) / 1000; }

  std::string list(size_t count, int64_t most) {
    std::vector<std::string> items;
    for (size_t i = 0; i < count; ++i)
      items.push_back(integer(most));
    return "[" + llvm::join(items, ", ") + "]";
  }

  std::string border() {
    if (dice.chance(0.4))
      return integer(3);
    if (dice.chance(0.4))
      return list(2, 3);
    return "[" + list(2, 3) + ", " + list(2, 3) + "]";
  }

  /// Factors of the number of elements there are.
  std::string extents() {
    int64_t rest = std::accumulate(around.shape.begin(), around.shape.end(),
                                   int64_t(1), std::multiplies<>());
    std::vector<std::string> items;
    for (int64_t i = dice.between(1, 3); i > 1; --i) {
      std::vector<int64_t> divisors;
      for (int64_t divisor = 1; divisor <= std::min<int64_t>(rest, 64);
           ++divisor)
        if (rest % divisor == 0)
          divisors.push_back(divisor);
      items.push_back(std::to_string(dice.pick(divisors)));
      rest /= std::stoll(items.back());
    }
    items.push_back(dice.chance(0.2) ? "-1" : std::to_string(rest));
    return "[" + llvm::join(items, ", ") + "]";
  }

  /// A permutation of the dimensions, or some of them.
  std::string integers() {
    std::vector<std::string> items;
    for (size_t i = 1; i <= around.shape.size(); ++i)
      items.insert(items.begin() + dice.between(0, int64_t(items.size())),
                   std::to_string(i));
    if (dice.chance(0.5) && !items.empty())
      items.resize(size_t(dice.between(1, int64_t(items.size()))));
    if (dice.chance(0.1))
      items = {"-1"};
    return items.empty() ? "" : "[" + llvm::join(items, ", ") + "]";
  }

  std::string texts() {
    if (around.texts.empty())
      return "";
    std::vector<std::string> some;
    for (const std::string &text : around.texts)
      if (dice.chance(0.4))
        some.push_back(text);
    return some.empty() ? "" : "[" + llvm::join(some, ", ") + "]";
  }

  std::string entry() {
    if (argument.family == &regularizers())
      return ""; // the losses of tests are compared without them
    const Row &row = dice.pick(argument.family->rows);
    std::string text =
        randomEntry(row, argument.family->common, around, "", dice);
    return "{" + text + "}";
  }

  const Argument &argument;
  const Surroundings &around;
  Dice &dice;
};
} // namespace

std::string randomValue(const Argument &argument, const Surroundings &around,
                        Dice &dice) {
  return Drawer(argument, around, dice).draw();
}

std::string randomEntry(const Row &row, llvm::ArrayRef<Argument> common,
                        const Surroundings &around, const std::string &more,
                        Dice &dice) {
  std::vector<std::string> parts;
  if (!more.empty())
    parts.push_back(more);
  auto add = [&](const Argument &argument, double probability) {
    // Who writes the model says these.
    if (argument.name == "name" || argument.name == "inputs" ||
        argument.name == "if")
      return;
    if (argument.fallback != required && !dice.chance(probability))
      return;
    std::string value = randomValue(argument, around, dice);
    if (!value.empty())
      parts.push_back(argument.name.str() + ": " + value);
  };
  for (const Argument &argument : row.arguments)
    add(argument, 0.4);
  for (const Argument &argument : common)
    add(argument, 0.1);
  return row.name.str() + ": {" + llvm::join(parts, ", ") + "}";
}

} // namespace lathe::test
