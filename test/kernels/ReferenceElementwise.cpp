//===- ReferenceElementwise.cpp - Elementwise operations by naive loops --===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lathe::kernels::reference {

double number(const Node &node, const char *name, double otherwise) {
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return otherwise;
  if (const auto *integer = std::get_if<int64_t>(&it->second))
    return static_cast<double>(*integer);
  return std::get<double>(it->second);
}
std::string text(const Node &node, const char *name) {
  return std::get<std::string>(node.attributes.at(name));
}

std::vector<int64_t> indexOf(const std::vector<int64_t> &shape, size_t flat) {
  std::vector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    index[d] = static_cast<int64_t>(flat) % shape[d];
    flat /= shape[d];
  }
  return index;
}

double broadcastAt(const Tensor &x, const std::vector<int64_t> &index) {
  size_t offset = 0, missing = index.size() - x.shape.size();
  for (size_t d = 0; d < x.shape.size(); ++d) {
    if (x.shape[d] != 1 && index[d + missing] >= x.shape[d])
      throw std::out_of_range("reference broadcast");
    offset = offset * x.shape[d] + (x.shape[d] == 1 ? 0 : index[d + missing]);
  }
  return x.data[offset];
}

namespace {
using Elements = const std::vector<double> &;

bool holds(const std::string &predicate, double a, double b) {
  return predicate == "ge"   ? a >= b
         : predicate == "gt" ? a > b
         : predicate == "le" ? a <= b
                             : a < b;
}

const std::pair<const char *, double (*)(const Node &, Elements)> singles[] = {
    {"add", [](const Node &, Elements x) { return x[0] + x[1]; }},
    {"bias_add", [](const Node &, Elements x) { return x[0] + x[1]; }},
    {"broadcast", [](const Node &, Elements x) { return x[0]; }},
    {"constant",
     [](const Node &node, Elements) { return number(node, "value"); }},
    {"increment", [](const Node &, Elements x) { return x[0] + 1; }},
    {"mask",
     [](const Node &node, Elements x) {
       return holds(text(node, "predicate"), x[1], x[2]) ? x[0] : 0;
     }},
    {"maximum", [](const Node &, Elements x) { return std::max(x[0], x[1]); }},
    {"minimum", [](const Node &, Elements x) { return std::min(x[0], x[1]); }},
    {"multiply", [](const Node &, Elements x) { return x[0] * x[1]; }},
    {"relu", [](const Node &, Elements x) { return std::max(x[0], 0.0); }},
    {"relu_backward",
     [](const Node &, Elements x) { return x[1] > 0 ? x[0] : 0; }},
    {"scale",
     [](const Node &node, Elements x) {
       return x[0] * number(node, "scale", 1) + number(node, "offset");
     }},
    {"subtract", [](const Node &, Elements x) { return x[0] - x[1]; }},
};
} // namespace

bool computeElementwise(const Node &node, Operands x, Results r) {
  for (auto [op, f] : singles)
    if (node.op == op) {
      for (size_t i = 0; i < r[0].data.size(); ++i) {
        std::vector<int64_t> index = indexOf(r[0].shape, i);
        std::vector<double> elements;
        for (const Tensor *operand : x)
          elements.push_back(broadcastAt(*operand, index));
        r[0].data[i] = f(node, elements);
      }
      return true;
    }
  return false;
}

} // namespace lathe::kernels::reference
