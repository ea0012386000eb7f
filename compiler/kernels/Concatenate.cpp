//===- Concatenate.cpp - Tensors one after the other ---------------------===//

#include "compiler/kernels/Movement.h"
#include "compiler/kernels/Naive.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// One operand and where it begins in the result.
struct Part {
  Value value;
  int begin, size;
};

/// Along the fastest dimension each part is copied by itself, in whole vectors;
/// the last one overlaps its predecessor where the part's size is no multiple.
Func joined(const std::vector<Part> &parts, size_t rank, int lanes) {
  Func all("joined");
  std::vector<Var> variables = variablesOf(rank);
  all(variables) = undef(halideType(parts.front().value.type.element));
  for (const Part &part : parts) {
    int width = lanesFor(part.size, lanes);
    RDom r(0, width, 0, (part.size + width - 1) / width);
    Expr position = r.y * width;
    if (part.size % width)
      position = min(position, part.size - width);
    Index from(variables.begin(), variables.end()), to = from;
    from[0] = position + r.x;
    to[0] = part.begin + from[0];
    all(to) = part.value.at(from);
  }
  return all;
}
} // namespace

void buildConcatenate(Builder &b, const Node &node, int firstResult) {
  const Value &result = b.values[firstResult];
  int rank = static_cast<int>(result.rank());
  int64_t axis = intAttribute(node, "axis", -1);
  if (axis < 0)
    axis += rank;
  if (axis < 1 || axis >= rank || node.operands.empty())
    throw NotApplicable(
        "concatenate joins along any axis but that of the batch");
  size_t dimension = rank - 1 - axis;
  std::vector<Part> parts;
  int begin = 0;
  for (size_t i = 0; i < node.operands.size(); ++i) {
    Value value = b.operand(node, i);
    if (static_cast<int>(value.rank()) != rank)
      throw NotApplicable("concatenate: operands differ in rank");
    int size = static_cast<int>(value.size(dimension));
    parts.push_back({value, begin, size});
    begin += size;
  }
  if (begin != result.size(dimension))
    throw NotApplicable(fmt::format("concatenate: the operands' sizes are not "
                                    "{} together",
                                    result.size(dimension)));

  if (dimension == 0 && parts.size() > 1 && &leadingNode(b.spec) == &node &&
      !isNaive(b.chosen)) {
    Func all = joined(parts, rank, b.machine.lanes);
    b.anchor = all;
    b.values[firstResult].at = [all](const Index &i) { return Expr(all(i)); };
    return;
  }
  // Along other dimensions all elements of a vector come from one part.
  b.values[firstResult].at = [=](const Index &i) {
    Expr element;
    for (size_t k = parts.size(); k-- > 0;) {
      Index from = i;
      Expr position = i[dimension] - parts[k].begin;
      from[dimension] = clamp(position, 0, parts[k].size - 1);
      Expr part = parts[k].value.at(from);
      element = element.defined()
                    ? select(position < parts[k].size, part, element)
                    : part;
    }
    return element;
  };
}

} // namespace lathe::kernels
