//===- Functions.cpp - Functions of a model, inlined ----------------------===//
#include "compiler/frontend/onnx/Functions.h"
#include "compiler/frontend/onnx/File.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <map>

using namespace lathe::onnx;
using proto::AttributeProto;
using proto::FunctionProto;
using proto::NodeProto;

/// Functions that call others can grow a small file without bounds.
static constexpr size_t mostNodes = 100000, deepestCall = 64;

namespace {
class Inliner {
public:
  explicit Inliner(proto::ModelProto &model) : model(model) {
    for (const FunctionProto &function : model.functions()) {
      auto name =
          std::pair(plainDomain(function.domain()).str(), function.name());
      if (!functions.emplace(name, &function).second)
        throw Refusal("two functions have the name '" + function.name() + "'");
    }
    for (const NodeProto &node : model.graph().node())
      for (const std::string &output : node.output())
        taken.insert(output);
  }

  struct Placed {
    NodeProto node;
    int64_t opset; ///< 0: what the model imports
  };

  std::vector<Placed> run() {
    for (const NodeProto &node : model.graph().node())
      add(node, 0, 0);
    return std::move(result);
  }

private:
  const FunctionProto *functionOf(const NodeProto &node) const {
    auto entry = functions.find(
        std::pair(plainDomain(node.domain()).str(), node.op_type()));
    return entry == functions.end() ? nullptr : entry->second;
  }

  void add(const NodeProto &node, int64_t opset, size_t depth) {
    if (const FunctionProto *function = functionOf(node))
      return call(node, *function, depth + 1);
    if (result.size() >= mostNodes)
      throw Refusal("the functions of the model have more than " +
                    std::to_string(mostNodes) + " nodes in all");
    result.push_back({node, opset});
  }

  void call(const NodeProto &node, const FunctionProto &function, size_t depth);
  /// The function's node as one of the graph.
  NodeProto instantiate(NodeProto inner, const NodeProto &call,
                        const FunctionProto &function,
                        llvm::StringMap<std::string> &names,
                        const std::string &prefix);

  std::string fresh(const std::string &wanted) {
    std::string name = wanted;
    for (unsigned i = 1; !taken.insert(name).second; ++i)
      name = wanted + "/" + std::to_string(i);
    return name;
  }

  proto::ModelProto &model;
  std::map<std::pair<std::string, std::string>, const FunctionProto *>
      functions;
  llvm::StringSet<> taken; ///< names of values
  std::vector<Placed> result;
};

/// Defaults of a function's attributes. Its message has them since ONNX 1.13,
/// in field 11.
std::vector<AttributeProto> defaultsOf(const FunctionProto &function) {
  std::vector<AttributeProto> defaults;
  const auto &fields = function.unknown_fields();
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto &field = fields.field(i);
    AttributeProto attribute;
    if (field.number() == 11 &&
        field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED &&
        attribute.ParseFromString(field.length_delimited()))
      defaults.push_back(attribute);
  }
  return defaults;
}

int64_t opsetOf(const FunctionProto &function, const NodeProto &node) {
  for (const auto &import : function.opset_import())
    if (plainDomain(import.domain()) == plainDomain(node.domain()))
      return import.version();
  return 0;
}
} // namespace

NodeProto Inliner::instantiate(NodeProto inner, const NodeProto &call,
                               const FunctionProto &function,
                               llvm::StringMap<std::string> &names,
                               const std::string &prefix) {
  inner.set_name(prefix + "/" + nodeName(inner));
  for (std::string &input : *inner.mutable_input()) {
    auto name = names.find(input);
    if (!input.empty() && name == names.end())
      throw Refusal("function '" + function.name() + "' reads '" + input +
                    "', which nothing before defines");
    input = input.empty() ? "" : name->second;
  }
  for (std::string &output : *inner.mutable_output()) {
    if (output.empty())
      continue;
    auto [name, isNew] = names.try_emplace(output);
    if (isNew)
      name->second = fresh(prefix + "/" + output);
    output = name->second;
  }
  std::vector<AttributeProto> defaults = defaultsOf(function);
  google::protobuf::RepeatedPtrField<AttributeProto> attributes;
  for (const AttributeProto &attribute : inner.attribute()) {
    const AttributeProto *value = &attribute;
    if (const std::string &reference = attribute.ref_attr_name();
        !reference.empty()) {
      auto hasName = [&](const AttributeProto &a) {
        return a.name() == reference;
      };
      auto given = llvm::find_if(call.attribute(), hasName);
      auto otherwise = llvm::find_if(defaults, hasName);
      if (given == call.attribute().end() && otherwise == defaults.end())
        continue; // the operator has a default
      value = given == call.attribute().end() ? &*otherwise : &*given;
    }
    AttributeProto &copy = *attributes.Add();
    copy = *value;
    copy.set_name(attribute.name());
  }
  inner.mutable_attribute()->Swap(&attributes);
  return inner;
}

void Inliner::call(const NodeProto &node, const FunctionProto &function,
                   size_t depth) {
  if (depth > deepestCall)
    throw Refusal("functions call each other more than " +
                  std::to_string(deepestCall) + " deep, at '" +
                  function.name() + "'");
  if (node.input_size() > function.input_size() ||
      node.output_size() > function.output_size())
    throw Refusal("node " + nodeLabel(node) +
                  " has more inputs or outputs than "
                  "its function '" +
                  function.name() + "'");
  std::string prefix = nodeName(node);
  llvm::StringMap<std::string> names;
  std::vector<NodeProto> copies;
  for (int i = 0; i < function.input_size(); ++i)
    names[function.input(i)] = i < node.input_size() ? node.input(i) : "";
  for (int i = 0; i < node.output_size(); ++i) {
    if (node.output(i).empty())
      continue;
    auto [name, isNew] = names.try_emplace(function.output(i), node.output(i));
    if (isNew)
      continue;
    // An input, or an output for the second time, is passed on.
    NodeProto &copy = copies.emplace_back();
    copy.set_op_type("Identity");
    copy.set_name(prefix + "/" + function.output(i));
    copy.add_input(name->second);
    copy.add_output(node.output(i));
  }
  for (const NodeProto &inner : function.node())
    add(instantiate(inner, node, function, names, prefix),
        opsetOf(function, inner), depth);
  for (const NodeProto &copy : copies)
    add(copy, 0, depth);
}

NodeOpsets lathe::onnx::inlineFunctions(proto::ModelProto &model) {
  NodeOpsets opsets;
  if (model.functions().empty())
    return opsets;
  std::vector<Inliner::Placed> nodes = Inliner(model).run();
  model.clear_functions();
  model.mutable_graph()->clear_node();
  for (Inliner::Placed &placed : nodes) {
    NodeProto &node = *model.mutable_graph()->add_node();
    node.Swap(&placed.node);
    if (placed.opset)
      opsets[&node] = placed.opset;
  }
  return opsets;
}
