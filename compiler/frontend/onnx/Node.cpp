//===- Node.cpp - A node of an ONNX graph as its operator sees it ---------===//
#include "compiler/frontend/onnx/Node.h"
#include <charconv>
#include <cmath>

using namespace mlir;
using namespace lathe::onnx;
using AttributeProto = proto::AttributeProto;

const Tensor &Node::in(unsigned i) const {
  if (!has(i))
    throw Refusal("input " + std::to_string(i) + " is missing");
  return inputs[i];
}

const AttributeProto *Node::find(StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (name == attribute.name())
      return &attribute;
  return nullptr;
}

const AttributeProto *Node::find(StringRef name,
                                 AttributeProto::AttributeType type) const {
  const AttributeProto *attribute = find(name);
  if (attribute && attribute->type() != type)
    throw Refusal("attribute " + name.str() + " has a wrong type");
  return attribute;
}

int64_t Node::integer(StringRef name, int64_t otherwise) const {
  const AttributeProto *attribute = find(name, AttributeProto::INT);
  return attribute ? attribute->i() : otherwise;
}

/// The number that was written before it became a float, 0.99: what is computed
/// of it when compiling is the same as in a model file.
static double shortest(float value) {
  char digits[32];
  char *end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  double number = value;
  if (std::isfinite(value))
    std::from_chars(digits, end, number);
  return number;
}

double Node::number(StringRef name, double otherwise) const {
  const AttributeProto *attribute = find(name, AttributeProto::FLOAT);
  return attribute ? shortest(attribute->f()) : otherwise;
}

std::string Node::text(StringRef name, StringRef otherwise) const {
  const AttributeProto *attribute = find(name, AttributeProto::STRING);
  return attribute ? attribute->s() : otherwise.str();
}

SmallVector<int64_t> Node::integers(StringRef name) const {
  const AttributeProto *attribute = find(name, AttributeProto::INTS);
  if (!attribute)
    return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

SmallVector<double> Node::floats(StringRef name) const {
  const AttributeProto *attribute = find(name, AttributeProto::FLOATS);
  if (!attribute)
    return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

const proto::TensorProto *Node::tensor(StringRef name) const {
  const AttributeProto *attribute = find(name, AttributeProto::TENSOR);
  return attribute ? &attribute->t() : nullptr;
}

Tensor Node::known(unsigned i) const {
  if (in(i).constant)
    return in(i);
  if (Tensor bound = constantInput(i))
    return bound;
  throw Refusal("input '" + node.input(int(i)) +
                "' must be known when compiling");
}

SmallVector<int64_t> Node::knownIntegers(unsigned i) const {
  Tensor list = known(i);
  if (list.isFloat())
    throw Refusal("input " + std::to_string(i) + " must be of integers");
  if (list.rank() > 1 || !list.isFoldable())
    throw Refusal("input " + std::to_string(i) + " must be a list");
  return lathe::onnx::integers(list.constant);
}

SmallVector<double> Node::knownNumbers(unsigned i) const {
  Tensor list = known(i);
  if (!list.isFoldable())
    throw Refusal("input " + std::to_string(i) + " is too large");
  return numbers(list.constant);
}

double Node::knownNumber(unsigned i) const {
  SmallVector<double> list = knownNumbers(i);
  if (list.size() != 1)
    throw Refusal("input " + std::to_string(i) + " must be one number");
  return list[0];
}

std::optional<SmallVector<int64_t>> Node::list(StringRef attribute,
                                               unsigned input) const {
  if (hasAttribute(attribute))
    return integers(attribute);
  if (has(input))
    return knownIntegers(input);
  return std::nullopt;
}
