//===- Constant.cpp - Numbers that the model's description holds ---------===//

#include "compiler/kernels/Families.h"

#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

/// One number everywhere, or a short vector of numbers.
void buildConstant(Builder &b, const Node &node, int firstResult) {
  auto it = node.attributes.find("value");
  const auto *list = it == node.attributes.end()
                         ? nullptr
                         : std::get_if<std::vector<double>>(&it->second);
  if (!list) {
    Expr value = static_cast<float>(floatAttribute(node, "value", 0));
    b.values[firstResult].at = [=](const Index &) { return value; };
    return;
  }
  // Each element is compared with each number.
  constexpr size_t longest = 64;
  const TensorType &type = node.results.at(0);
  if (type.shape.size() != 1 || list->size() > longest ||
      type.shape[0] != static_cast<int64_t>(list->size()))
    throw NotApplicable(fmt::format(
        "a constant is one number or a vector of at most {}", longest));
  std::vector<double> numbers = *list;
  b.values[firstResult].at = [=](const Index &index) {
    Expr element = static_cast<float>(numbers.back());
    for (size_t i = numbers.size() - 1; i-- > 0;)
      element = select(index[0] == static_cast<int>(i),
                       static_cast<float>(numbers[i]), element);
    return element;
  };
}

} // namespace lathe::kernels
