//===- Mutator.cpp - Small changes of ONNX graphs -------------------------===//
#include "test/onnx/fuzz/Mutator.h"
#include <onnx/onnx_pb.h>
#include <random>

using namespace onnx;

namespace {
class Mutation {
public:
  Mutation(ModelProto &model, unsigned seed)
      : model(model), graph(*model.mutable_graph()), random(seed) {}

  /// Whether there was something to change.
  bool apply() {
    using Change = bool (Mutation::*)();
    static constexpr Change changes[] = {
        &Mutation::changeInput,     &Mutation::changeInitializer,
        &Mutation::changeAttribute, &Mutation::addAttribute,
        &Mutation::changeOperand,   &Mutation::changeOperator,
        &Mutation::changeOpset,     &Mutation::copyNode,
        &Mutation::dropSomething,   &Mutation::changeOutput,
    };
    return (this->*changes[pick(std::size(changes))])();
  }

private:
  size_t pick(size_t count) { return random() % count; }
  template <typename List>
  auto *any(List *list) {
    return list->empty() ? nullptr : list->Mutable(int(pick(list->size())));
  }

  /// Small numbers, and those at which something overflows.
  int64_t number() {
    static constexpr int64_t edges[] = {-1,        0,         1,
                                        2,         3,         4,
                                        7,         -2,        16,
                                        1 << 16,   INT32_MAX, INT32_MIN,
                                        INT64_MAX, INT64_MIN, int64_t(1) << 31,
                                        1 << 20,   255,       int64_t(1) << 40};
    return pick(3) ? int64_t(pick(6)) - 1 : edges[pick(std::size(edges))];
  }

  /// The name of a value of the graph.
  std::string value() {
    std::vector<std::string> names{""};
    for (const auto &input : graph.input())
      names.push_back(input.name());
    for (const auto &tensor : graph.initializer())
      names.push_back(tensor.name());
    for (const auto &node : graph.node())
      names.insert(names.end(), node.output().begin(), node.output().end());
    return names[pick(names.size())];
  }

  bool changeInput() {
    ValueInfoProto *input = any(graph.mutable_input());
    if (!input)
      return false;
    auto &type = *input->mutable_type()->mutable_tensor_type();
    auto *dimension = any(type.mutable_shape()->mutable_dim());
    if (!dimension || pick(4) == 0)
      dimension = type.mutable_shape()->add_dim();
    if (pick(8) == 0)
      type.set_elem_type(int32_t(pick(18)));
    else if (pick(4) == 0)
      dimension->set_dim_param("n");
    else
      dimension->set_dim_value(number());
    return true;
  }

  bool changeInitializer() {
    TensorProto *tensor = any(graph.mutable_initializer());
    if (!tensor)
      return false;
    switch (pick(5)) {
    case 0:
      if (tensor->dims_size())
        tensor->set_dims(int(pick(tensor->dims_size())), number());
      return true;
    case 1:
      tensor->add_dims(number());
      return true;
    case 2:
      tensor->set_data_type(int32_t(pick(18)));
      return true;
    case 3:
      if (tensor->int64_data_size())
        tensor->set_int64_data(int(pick(tensor->int64_data_size())), number());
      else
        tensor->add_int64_data(number());
      return true;
    default: // a vector of other numbers
      tensor->Clear();
      tensor->set_name(graph.initializer(0).name());
      tensor->set_data_type(TensorProto::INT64);
      for (size_t i = pick(5); i > 0; --i)
        tensor->add_int64_data(number());
      tensor->add_dims(tensor->int64_data_size());
      return true;
    }
  }

  void set(AttributeProto &attribute) {
    switch (pick(4)) {
    case 0:
      attribute.set_type(AttributeProto::INT);
      attribute.set_i(number());
      break;
    case 1:
      attribute.set_type(AttributeProto::FLOAT);
      attribute.set_f(float(number()) / (pick(2) ? 1.0f : 0.0f));
      break;
    case 2:
      attribute.set_type(AttributeProto::STRING);
      attribute.set_s(pick(2) ? "SAME_UPPER" : "linear");
      break;
    default:
      attribute.set_type(AttributeProto::INTS);
      for (size_t i = pick(5); i > 0; --i)
        attribute.add_ints(number());
    }
  }

  bool changeAttribute() {
    NodeProto *node = any(graph.mutable_node());
    AttributeProto *attribute = node ? any(node->mutable_attribute()) : nullptr;
    if (!attribute)
      return false;
    if (attribute->ints_size() && pick(3))
      attribute->set_ints(int(pick(attribute->ints_size())), number());
    else if (attribute->type() == AttributeProto::INT && pick(3))
      attribute->set_i(number());
    else
      set(*attribute);
    return true;
  }

  bool addAttribute() {
    static constexpr const char *names[] = {
        "axis",       "axes",      "kernel_shape", "pads",        "strides",
        "group",      "dilations", "keepdims",     "perm",        "shape",
        "ceil_mode",  "auto_pad",  "to",           "alpha",       "k",
        "mode",       "starts",    "ends",         "split",       "num_outputs",
        "size",       "p",         "blocksize",    "num_groups",  "transA",
        "value_ints", "reduction", "epsilon",      "output_shape"};
    NodeProto *node = any(graph.mutable_node());
    if (!node)
      return false;
    AttributeProto &attribute = *node->add_attribute();
    attribute.set_name(names[pick(std::size(names))]);
    set(attribute);
    return true;
  }

  bool changeOperand() {
    NodeProto *node = any(graph.mutable_node());
    if (!node)
      return false;
    if (node->input_size() && pick(3))
      node->set_input(int(pick(node->input_size())), value());
    else
      node->add_input(value());
    return true;
  }

  bool changeOperator() {
    static constexpr const char *names[] = {"Conv",
                                            "MaxPool",
                                            "Gemm",
                                            "MatMul",
                                            "Reshape",
                                            "Transpose",
                                            "Add",
                                            "Mul",
                                            "Concat",
                                            "Slice",
                                            "Gather",
                                            "Pad",
                                            "Squeeze",
                                            "Unsqueeze",
                                            "Expand",
                                            "Tile",
                                            "Softmax",
                                            "ReduceMean",
                                            "ReduceSum",
                                            "Flatten",
                                            "Shape",
                                            "Resize",
                                            "Split",
                                            "Range",
                                            "Cast",
                                            "Where",
                                            "TopK",
                                            "ArgMax",
                                            "OneHot",
                                            "Div",
                                            "Mod",
                                            "Pow",
                                            "Attention",
                                            "Size",
                                            "LRN",
                                            "Sub",
                                            "ConstantOfShape",
                                            "AveragePool",
                                            "ConvTranspose",
                                            "Constant",
                                            "DepthToSpace",
                                            "SpaceToDepth",
                                            "BatchNormalization",
                                            "Hardmax"};
    NodeProto *node = any(graph.mutable_node());
    if (node)
      node->set_op_type(names[pick(std::size(names))]);
    return node;
  }

  bool changeOpset() {
    OperatorSetIdProto *opset = any(model.mutable_opset_import());
    if (opset)
      opset->set_version(int64_t(pick(24)) + 6);
    return opset;
  }

  /// Behind the last one, reading its result.
  bool copyNode() {
    if (graph.node_size() == 0 || graph.node_size() > 16)
      return false;
    NodeProto node = graph.node(int(pick(graph.node_size())));
    const NodeProto &last = graph.node(graph.node_size() - 1);
    if (!node.input_size() || !last.output_size())
      return false;
    node.set_input(int(pick(node.input_size())), last.output(0));
    for (int i = 0; i < node.output_size(); ++i)
      node.set_output(i, "copy" + std::to_string(graph.node_size()) + "_" +
                             std::to_string(i));
    if (graph.output_size() && node.output_size())
      graph.mutable_output(0)->set_name(node.output(0));
    *graph.add_node() = node;
    return true;
  }

  bool dropSomething() {
    NodeProto *node = any(graph.mutable_node());
    if (!node)
      return false;
    if (pick(2) && node->attribute_size())
      node->mutable_attribute()->DeleteSubrange(
          int(pick(node->attribute_size())), 1);
    else if (node->input_size())
      node->mutable_input()->RemoveLast();
    return true;
  }

  bool changeOutput() {
    if (graph.output_size() < 8 && pick(2))
      graph.add_output();
    ValueInfoProto *output = any(graph.mutable_output());
    if (output)
      output->set_name(value());
    return output;
  }

  ModelProto &model;
  GraphProto &graph;
  std::minstd_rand random;
};
} // namespace

size_t lathe::test::mutateGraph(uint8_t *data, size_t size, size_t most,
                                unsigned seed) {
  google::protobuf::LogSilencer silence;
  ModelProto model;
  if (!model.ParseFromArray(data, int(size)) || !model.has_graph())
    return 0;
  if (!Mutation(model, seed).apply() || model.ByteSizeLong() > most)
    return 0;
  model.SerializeToArray(data, int(most));
  return model.ByteSizeLong();
}
