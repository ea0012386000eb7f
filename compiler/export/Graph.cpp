//===- Graph.cpp - Nodes, initializers and ports --------------------------===//
#include "compiler/export/Graph.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/Permute.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;
using proto::AttributeProto;
using proto::TensorProto;

//===- Attributes ---------------------------------------------------------===//

static AttributeProto named(const char *name,
                            AttributeProto::AttributeType type) {
  AttributeProto attribute;
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

Attr::Attr(const char *name, int64_t value)
    : attribute(named(name, AttributeProto::INT)) {
  attribute.set_i(value);
}

Attr::Attr(const char *name, double value)
    : attribute(named(name, AttributeProto::FLOAT)) {
  attribute.set_f(static_cast<float>(value));
}

Attr::Attr(const char *name, const char *value)
    : attribute(named(name, AttributeProto::STRING)) {
  attribute.set_s(value);
}

Attr::Attr(const char *name, ArrayRef<int64_t> values)
    : attribute(named(name, AttributeProto::INTS)) {
  for (int64_t value : values)
    attribute.add_ints(value);
}

//===- The module ---------------------------------------------------------===//

// Known to ONNX Runtime since 1.12, and to the ONNX library of Debian 12.
static constexpr int64_t opset = 17, irVersion = 8;

Graph::Graph(ModuleOp module) : module(module), graph(*file.mutable_graph()) {
  file.set_ir_version(irVersion);
  file.set_producer_name("lathe");
  file.add_opset_import()->set_version(opset);
  graph.set_name(nn::modelName(module).str());
  // No node takes the name of a parameter.
  for (auto variable : module.getOps<nn::VariableOp>())
    taken.insert(variable.getSymName());
}

/// Of a layer, or of an imported node: "node 'conv1' (Conv, opset 17)".
static std::string layerOf(Operation *op) {
  if (auto names = nn::layerNames(op->getLoc()); !names.empty())
    return names.front().str();
  if (auto loc = dyn_cast<NameLoc>(op->getLoc())) {
    StringRef name = loc.getName().getValue();
    if (auto quoted = name.split('\'').second.split('\'').first;
        !quoted.empty())
      return quoted.str();
  }
  return op->getName().stripDialect().str();
}

void Graph::enter(Operation *op) {
  std::string next = layerOf(op);
  layerHasNode &= next == layer;
  layer = std::move(next);
}

void Graph::refuse(Operation *op, const Twine &reason) {
  broken = true;
  mlir::emitError(nn::argumentLoc(op, ""))
      << "layer '" << layerOf(op) << "' has no form in ONNX: " << reason;
}

std::string Graph::unique(const std::string &name) {
  std::string result = name;
  for (unsigned i = 1; ports.contains(result) || !taken.insert(result).second;
       ++i)
    result = name + "/" + std::to_string(i);
  return result;
}

std::string Graph::add(StringRef kind, ArrayRef<std::string> inputs,
                       ArrayRef<Attr> attributes) {
  std::string name = layerHasNode ? layer + "/" + kind.str() : layer;
  layerHasNode = true;
  return append(name, kind, inputs, attributes);
}

std::string Graph::append(const std::string &wanted, StringRef kind,
                          ArrayRef<std::string> inputs,
                          ArrayRef<Attr> attributes) {
  proto::NodeProto &node = *graph.add_node();
  std::string name = unique(wanted), own = wanted;
  for (unsigned i = 1; !nodeNames.insert(own).second; ++i)
    own = wanted + "/" + std::to_string(i);
  node.set_op_type(kind.str());
  node.set_name(own);
  for (const std::string &input : inputs)
    node.add_input(input);
  while (node.input_size() && node.input(node.input_size() - 1).empty())
    node.mutable_input()->RemoveLast();
  node.add_output(name);
  for (const Attr &attribute : attributes)
    *node.add_attribute() = attribute.attribute;
  return name;
}

//===- Initializers -------------------------------------------------------===//

TensorProto::DataType lathe::exporter::elementType(Type type) {
  if (type.isF32())
    return TensorProto::FLOAT;
  if (type.isInteger(64))
    return TensorProto::INT64;
  return type.isInteger(32) ? TensorProto::INT32 : TensorProto::BOOL;
}

static void setElements(TensorProto &tensor, ElementsAttr data) {
  auto type = cast<RankedTensorType>(data.getShapedType());
  tensor.set_data_type(elementType(type.getElementType()));
  for (int64_t extent : type.getShape())
    tensor.add_dims(extent);
  std::string &raw = *tensor.mutable_raw_data();
  raw.reserve(type.getNumElements() * type.getElementTypeBitWidth() / 8);
  nn::visitElements(
      data, [&](ArrayRef<char> part) { raw.append(part.data(), part.size()); });
}

void Constant::transpose(ArrayRef<int64_t> permutation) {
  data = nn::moved(
      data, [&](TensorLayout &order) { order.transpose(permutation.vec()); });
  if (layout)
    layout->transpose(permutation.vec());
}

void Constant::reshape(ArrayRef<int64_t> shape) {
  data = nn::reshaped(data, shape);
  if (layout)
    layout->reshape(shape.vec());
}

std::string Graph::initializer(const Constant &constant) {
  std::string name = constant.name;
  for (unsigned i = 1;; ++i) {
    bool isPort = ports.contains(name);
    auto [entry, isNew] = initializers.try_emplace(name, constant);
    if (isNew && !isPort)
      break;
    if (!isPort && entry->second.data == constant.data &&
        entry->second.layout == constant.layout)
      return name;
    name = constant.name + "/" + std::to_string(i);
  }
  TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  setElements(tensor, constant.data);
  // Where checkpoints have it in another order, that is to be known.
  if (constant.layout &&
      *constant.layout != TensorLayout(constant.layout->to())) {
    auto &entry = *file.add_metadata_props();
    entry.set_key(onnx_layout_key + name);
    entry.set_value(constant.layout->text());
  }
  return name;
}

std::string Graph::integers(StringRef role, ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get({int64_t(values.size())},
                                    IntegerType::get(module.getContext(), 64));
  return initializer(
      {unique(layer + "/" + role.str()), DenseElementsAttr::get(type, values)});
}

std::string Graph::numbers(StringRef role, ArrayRef<int64_t> shape,
                           ArrayRef<double> values) {
  auto type =
      RankedTensorType::get(shape, Float32Type::get(module.getContext()));
  auto floats = llvm::map_to_vector(
      values, [](double value) { return static_cast<float>(value); });
  return initializer({unique(layer + "/" + role.str()),
                      DenseElementsAttr::get(type, ArrayRef<float>(floats))});
}

//===- Ports --------------------------------------------------------------===//

void Graph::addPort(proto::ValueInfoProto &port, const std::string &name,
                    RankedTensorType type) {
  port.set_name(name);
  auto &tensor = *port.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(elementType(type.getElementType()));
  auto &shape = *tensor.mutable_shape();
  for (int64_t extent : type.getShape())
    if (ShapedType::isDynamic(extent))
      shape.add_dim()->set_dim_param("batch");
    else
      shape.add_dim()->set_dim_value(extent);
}

void Graph::reservePort(Value value, const std::string &name) {
  auto constant = constantOf(value);
  if (!constant || constant->name != name)
    ports.insert(name);
}

/// The port's name, or one like it where another port has it.
std::string Graph::claimPort(const std::string &name) {
  if (!ports.erase(name))
    return unique(name);
  taken.insert(name);
  return name;
}

void Graph::input(Value value, const std::string &name) {
  std::string own = claimPort(name);
  addPort(*graph.add_input(), own, nn::rankedType(value));
  define(value, own);
}

void Graph::rename(const std::string &from, const std::string &to) {
  for (proto::NodeProto &node : *graph.mutable_node()) {
    for (std::string &name : *node.mutable_input())
      if (name == from)
        name = to;
    for (std::string &name : *node.mutable_output())
      if (name == from)
        name = to;
  }
  for (auto &entry : values)
    for (std::string *name : {&entry.second.last, &entry.second.first})
      if (*name == from)
        *name = to;
}

/// The node that computes the value gives it the name, unless it is the model's
/// input, a constant, or another output.
void Graph::output(Value value, const std::string &name) {
  std::string computed = in(value);
  if (computed == name) { // an input or a parameter under its own name
    addPort(*graph.add_output(), name, nn::rankedType(value));
    return;
  }
  std::string own = claimPort(name);
  bool isPort = llvm::any_of(graph.output(), [&](const auto &port) {
    return port.name() == computed;
  });
  bool isNode = llvm::any_of(graph.node(), [&](const auto &node) {
    return node.output(0) == computed;
  });
  if (isNode && !isPort) {
    rename(computed, own);
  } else {
    rename(append(own, "Identity", {computed}, {}), own);
  }
  addPort(*graph.add_output(), own, nn::rankedType(value));
}
