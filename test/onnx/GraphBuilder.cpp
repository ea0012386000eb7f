//===- GraphBuilder.cpp - ONNX files for tests ----------------------------===//
#include "test/onnx/GraphBuilder.h"
#include "compiler/tools/StagedModel.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

static std::string makeFolder() {
  std::string name =
      (std::filesystem::temp_directory_path() / "lathe-onnx-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw std::runtime_error("no temporary folder");
  return name;
}

TemporaryFolder::TemporaryFolder() : folder(makeFolder()) {}
TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(folder); }

void lathe::test::writeFile(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

GraphBuilder::GraphBuilder(int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("test");
}

void GraphBuilder::input(const std::string &name,
                         const std::vector<int64_t> &shape, Type type) {
  ::onnx::ValueInfoProto *info = model.mutable_graph()->add_input();
  info->set_name(name);
  auto *tensor = info->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (int64_t extent : shape) {
    auto *dimension = tensor->mutable_shape()->add_dim();
    if (extent == -1)
      dimension->set_dim_param("N");
    else
      dimension->set_dim_value(extent);
  }
}

void GraphBuilder::output(const std::string &name) {
  model.mutable_graph()->add_output()->set_name(name);
}

::onnx::TensorProto &GraphBuilder::floats(const std::string &name,
                                          const std::vector<int64_t> &shape,
                                          const std::vector<float> &values) {
  ::onnx::TensorProto &tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  for (int64_t extent : shape)
    tensor.add_dims(extent);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

::onnx::TensorProto &GraphBuilder::weights(const std::string &name,
                                           const std::vector<int64_t> &shape) {
  size_t count = 1;
  for (int64_t extent : shape)
    count *= size_t(extent);
  std::vector<float> values;
  uint32_t state = uint32_t(model.graph().initializer_size()) + 1;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    values.push_back(float(state >> 8) / float(1 << 25) - 0.25f);
  }
  return floats(name, shape, values);
}

::onnx::TensorProto &
GraphBuilder::integers(const std::string &name,
                       const std::vector<int64_t> &values) {
  ::onnx::TensorProto &tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::INT64);
  tensor.add_dims(int64_t(values.size()));
  for (int64_t value : values)
    tensor.add_int64_data(value);
  return tensor;
}

::onnx::NodeProto &GraphBuilder::node(const std::string &kind,
                                      const std::vector<std::string> &inputs,
                                      const std::string &output) {
  ::onnx::NodeProto &node = *model.mutable_graph()->add_node();
  node.set_op_type(kind);
  node.set_name(output + "_node");
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output);
  return node;
}

void GraphBuilder::set(::onnx::NodeProto &node, const std::string &name,
                       int64_t value) {
  ::onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void GraphBuilder::set(::onnx::NodeProto &node, const std::string &name,
                       const std::vector<int64_t> &values) {
  ::onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

std::string GraphBuilder::bytes() const { return model.SerializeAsString(); }

void GraphBuilder::write(const std::string &path) const {
  writeFile(path, bytes());
}

GraphBuilder lathe::test::smallNetwork(int64_t batch) {
  GraphBuilder g;
  g.input("image", {batch, 2, 8, 8});
  g.weights("w1", {4, 2, 3, 3});
  g.weights("b1", {4});
  g.set(g.node("Conv", {"image", "w1", "b1"}, "c1"), "pads",
        std::vector<int64_t>{1, 1, 1, 1});
  g.node("Relu", {"c1"}, "r1");
  auto &pool = g.node("MaxPool", {"r1"}, "p1");
  g.set(pool, "kernel_shape", std::vector<int64_t>{2, 2});
  g.set(pool, "strides", std::vector<int64_t>{2, 2});
  g.weights("w2", {6, 4, 3, 3});
  g.node("Conv", {"p1", "w2"}, "c2");
  g.weights("gamma", {6});
  g.weights("beta", {6});
  g.weights("mean", {6});
  g.floats("variance", {6}, {1, 2, 0.5, 1, 0.25, 4});
  g.node("BatchNormalization", {"c2", "gamma", "beta", "mean", "variance"},
         "n2");
  g.node("Relu", {"n2"}, "r2");
  g.set(g.node("Flatten", {"r2"}, "flat"), "axis", 1);
  g.weights("w3", {3, 24});
  g.weights("b3", {3});
  g.set(g.node("Gemm", {"flat", "w3", "b3"}, "logits"), "transB", 1);
  g.set(g.node("Softmax", {"logits"}, "probabilities"), "axis", 1);
  g.output("probabilities");
  return g;
}

std::string lathe::test::importErrors(const std::string &path) {
  StagedModel model;
  std::string errors;
  model.report = [&](const std::string &message) { errors += message + "\n"; };
  bool loaded = model.load(path);
  EXPECT_EQ(loaded, errors.empty()) << errors;
  return errors;
}

std::string lathe::test::moduleAfter(const std::string &path,
                                     const std::string &stage) {
  StagedModel model;
  model.report = [](const std::string &message) { ADD_FAILURE() << message; };
  if (!model.load(path) ||
      !model.runStages(lathe::Isa::X86_64_V3, stage,
                       [](const Stage &, unsigned) { return true; }))
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  model.module().print(os, mlir::OpPrintingFlags().elideLargeElementsAttrs(16));
  return text;
}
