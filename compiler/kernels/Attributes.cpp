//===- Attributes.cpp - Attributes of nodes ------------------------------===//

#include "compiler/kernels/Builder.h"

#include <fmt/format.h>

namespace lathe::kernels {

int64_t intAttribute(const Node &node, const char *name, int64_t otherwise) {
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return otherwise;
  if (const auto *value = std::get_if<int64_t>(&it->second))
    return *value;
  throw NotApplicable(fmt::format("{}: {} is not an integer", node.op, name));
}

double floatAttribute(const Node &node, const char *name, double otherwise) {
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return otherwise;
  if (const auto *value = std::get_if<double>(&it->second))
    return *value;
  if (const auto *value = std::get_if<int64_t>(&it->second))
    return static_cast<double>(*value);
  throw NotApplicable(fmt::format("{}: {} is not a number", node.op, name));
}

std::vector<int64_t> listAttribute(const Node &node, const char *name,
                                   std::vector<int64_t> otherwise) {
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return otherwise;
  const auto *value = std::get_if<std::vector<int64_t>>(&it->second);
  if (!value || value->size() != otherwise.size())
    throw NotApplicable(fmt::format("{}: {} is not a list of {} integers",
                                    node.op, name, otherwise.size()));
  return *value;
}

std::string textAttribute(const Node &node, const char *name,
                          const std::string &otherwise) {
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return otherwise;
  if (const auto *value = std::get_if<std::string>(&it->second))
    return *value;
  throw NotApplicable(fmt::format("{}: {} is not a text", node.op, name));
}

std::vector<size_t> axesAttribute(const Node &node, const char *name,
                                  size_t rank) {
  std::vector<size_t> axes;
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return axes;
  const auto *value = std::get_if<std::vector<int64_t>>(&it->second);
  if (!value)
    throw NotApplicable(fmt::format("{}: {} is not a list", node.op, name));
  for (int64_t axis : *value) {
    int64_t index = axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
    if (index < 0 || index >= static_cast<int64_t>(rank))
      throw NotApplicable(
          fmt::format("{}: no axis {} of {}", node.op, axis, rank));
    axes.push_back(static_cast<size_t>(index));
  }
  return axes;
}

} // namespace lathe::kernels
