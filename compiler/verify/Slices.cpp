//===- Slices.cpp - A graph in parts that show all their values -----------===//
#include "compiler/verify/Slices.h"
#include "llvm/ADT/StringSet.h"
#include <cstring>

using namespace lathe::verify;
using onnx::GraphProto;
using onnx::ModelProto;
using onnx::NodeProto;
using onnx::TensorProto;

/// A compiled graph has at most 64 inputs and outputs; parts are smaller than
/// that, which also bounds what differences add up to within one.
static constexpr size_t mostPorts = 24;

ModelProto lathe::verify::withAllOutputs(const ModelProto &model) {
  ModelProto result = model;
  GraphProto &graph = *result.mutable_graph();
  llvm::StringSet<> known;
  for (const auto &output : graph.output())
    known.insert(output.name());
  for (const NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      if (!output.empty() && known.insert(output).second)
        graph.add_output()->set_name(output);
  return result;
}

//===- Values -------------------------------------------------------------===//

namespace {
struct Type {
  TensorProto::DataType onnx;
  const char *name;
  size_t size;
};
constexpr Type types[] = {{TensorProto::FLOAT, "float32", 4},
                          {TensorProto::INT32, "int32", 4},
                          {TensorProto::INT64, "int64", 8},
                          {TensorProto::BOOL, "bool", 1}};
} // namespace

static const Type *typeOf(llvm::StringRef name) {
  for (const Type &type : types)
    if (name == type.name)
      return &type;
  return nullptr;
}

/// Elements between -1 and 1, or 0 and 1.
static void draw(Array &array, TensorProto::DataType type, uint32_t &state) {
  size_t count = 1;
  for (int64_t extent : array.shape)
    count *= size_t(extent);
  for (const Type &row : types)
    if (row.onnx == type) {
      array.type = row.name;
      array.bytes.resize(count * row.size);
    }
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    float number = float(state >> 8) / float(1 << 23) - 1;
    int64_t bit = state >> 31;
    if (type == TensorProto::FLOAT)
      std::memcpy(&array.bytes[i * 4], &number, 4);
    else // little-endian
      array.bytes[i * (array.bytes.size() / count)] = char(bit);
  }
}

std::vector<Array> lathe::verify::drawInputs(const GraphProto &graph) {
  llvm::StringSet<> initialized;
  for (const TensorProto &tensor : graph.initializer())
    initialized.insert(tensor.name());
  std::vector<Array> inputs;
  uint32_t state = 1;
  for (const auto &input : graph.input()) {
    if (initialized.contains(input.name()))
      continue;
    const auto &type = input.type().tensor_type();
    Array &array = inputs.emplace_back();
    array.name = input.name();
    for (const auto &dimension : type.shape().dim())
      array.shape.push_back(dimension.has_dim_value() ? dimension.dim_value()
                                                      : 1);
    draw(array, TensorProto::DataType(type.elem_type()), state);
  }
  return inputs;
}

//===- Parts --------------------------------------------------------------===//

namespace {
class Slicer {
public:
  Slicer(const ModelProto &model, const Values &values)
      : model(model), values(values) {
    for (const TensorProto &tensor : model.graph().initializer())
      initializers[tensor.name()] = &tensor;
    for (const auto &input : model.graph().input())
      ports.insert(input.name());
  }

  std::vector<Slice> run() {
    begin();
    for (const NodeProto &node : model.graph().node()) {
      add(node);
      if (slices.back().outputs.size() >= mostPorts ||
          slices.back().inputs.size() >= mostPorts)
        begin();
    }
    if (slices.back().outputs.empty())
      slices.pop_back();
    return std::move(slices);
  }

private:
  void begin() {
    Slice &slice = slices.emplace_back();
    slice.model.set_ir_version(model.ir_version());
    *slice.model.mutable_opset_import() = model.opset_import();
    slice.model.mutable_graph()->set_name("slice");
    there.clear();
  }

  void add(const NodeProto &node) {
    GraphProto &graph = *slices.back().model.mutable_graph();
    for (const std::string &input : node.input())
      if (!input.empty() && there.insert(input).second)
        addOperand(input, graph);
    *graph.add_node() = node;
    for (const std::string &output : node.output()) {
      there.insert(output);
      auto value = values.find(output);
      if (output.empty() || value == values.end() ||
          !typeOf(value->second.type))
        continue;
      graph.add_output()->set_name(output);
      slices.back().outputs.push_back(output);
    }
  }

  void addOperand(const std::string &name, GraphProto &graph) {
    if (const TensorProto *tensor = initializers.lookup(name)) {
      *graph.add_initializer() = *tensor;
      return;
    }
    auto found = values.find(name);
    if (found == values.end())
      return; // the importer says that it is missing
    const Array &value = found->second;
    const Type *type = typeOf(value.type);
    if (!type)
      return;
    if (llvm::StringRef(value.type).starts_with("int") &&
        !ports.contains(name)) {
      TensorProto &tensor = *graph.add_initializer();
      tensor.set_name(name);
      tensor.set_data_type(type->onnx);
      for (int64_t extent : value.shape)
        tensor.add_dims(extent);
      tensor.set_raw_data(value.bytes.data(), value.bytes.size());
      return;
    }
    auto &port = *graph.add_input();
    port.set_name(name);
    auto &tensor = *port.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type->onnx);
    tensor.mutable_shape();
    for (int64_t extent : value.shape)
      tensor.mutable_shape()->add_dim()->set_dim_value(extent);
    slices.back().inputs.push_back(name);
  }

  const ModelProto &model;
  const Values &values;
  llvm::StringMap<const TensorProto *> initializers;
  llvm::StringSet<> ports; ///< inputs of the whole graph
  std::vector<Slice> slices;
  llvm::StringSet<> there; ///< what the last slice has already
};
} // namespace

std::vector<Slice> lathe::verify::sliced(const ModelProto &model,
                                         const Values &values) {
  return Slicer(model, values).run();
}

std::string lathe::verify::nodeOf(const ModelProto &model,
                                  const std::string &value) {
  int64_t opset = 0;
  for (const NodeProto &node : model.graph().node()) {
    if (std::find(node.output().begin(), node.output().end(), value) ==
        node.output().end())
      continue;
    for (const auto &import : model.opset_import())
      if (import.domain() == node.domain())
        opset = import.version();
    return "node '" + (node.name().empty() ? value : node.name()) + "' (" +
           node.op_type() + ", opset " + std::to_string(opset) + ")";
  }
  return "'" + value + "'";
}
