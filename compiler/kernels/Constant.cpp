//===- Constant.cpp - Numbers that the model's description holds ---------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

/// The number at `index` of those in [first, last): halves are told apart until
/// their numbers are all alike.
static Expr select(const std::vector<double> &numbers, const Expr &index,
                   size_t first, size_t last) {
  auto begin = numbers.begin() + first, end = numbers.begin() + last;
  if (std::all_of(begin, end, [&](double n) { return n == *begin; }))
    return static_cast<float>(*begin);
  size_t middle = first + (last - first) / 2;
  return Halide::select(index < static_cast<int>(middle),
                        select(numbers, index, first, middle),
                        select(numbers, index, middle, last));
}

/// One number everywhere, or one for each element.
void buildConstant(Builder &b, const Node &node, int firstResult) {
  auto it = node.attributes.find("value");
  const auto *list = it == node.attributes.end()
                         ? nullptr
                         : std::get_if<std::vector<double>>(&it->second);
  if (!list) {
    ElementType element = node.results.at(0).element;
    Expr value =
        element == ElementType::F32
            ? Expr(static_cast<float>(floatAttribute(node, "value", 0)))
            : Internal::make_const(halideType(element),
                                   intAttribute(node, "value", 0));
    b.values[firstResult].at = [=](const Index &) { return value; };
    return;
  }
  // Each number is code: as many as ImageNet has classes.
  constexpr size_t longest = 1024;
  TensorType type = node.results.at(0);
  if (list->size() > longest ||
      elementsPerSample(type) != static_cast<int64_t>(list->size()))
    throw NotApplicable(
        fmt::format("a constant is one number, or has at most {}", longest));
  std::vector<double> numbers = *list;
  b.values[firstResult].at = [&b, type, numbers](const Index &index) {
    Expr place =
        index.size() == 1 ? index[0] : cast<int>(flatIndex(b, type, index));
    return select(numbers, place, 0, numbers.size());
  };
}

} // namespace lathe::kernels
