//===- FunctionsTest.cpp - Functions that a model defines -----------------===//
#include "compiler/frontend/onnx/File.h"
#include "test/onnx/GraphBuilder.h"
#include "test/onnx/NaiveArrays.h"
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;
using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {
struct Functions : testing::Test {
  Functions() : g(17) { g.input("x", {2, 3}); }

  FunctionProto &function(const std::string &name,
                          const std::vector<std::string> &inputs,
                          const std::vector<std::string> &outputs,
                          int64_t opset = 17) {
    FunctionProto &result = *g.model.add_functions();
    result.set_name(name);
    result.set_domain("own");
    for (const std::string &input : inputs)
      result.add_input(input);
    for (const std::string &output : outputs)
      result.add_output(output);
    result.add_opset_import()->set_version(opset);
    auto &own = *result.add_opset_import();
    own.set_domain("own");
    own.set_version(1);
    return result;
  }
  static NodeProto &inside(FunctionProto &function, const std::string &kind,
                           const std::vector<std::string> &inputs,
                           const std::string &output) {
    NodeProto &node = *function.add_node();
    node.set_op_type(kind);
    for (const std::string &input : inputs)
      node.add_input(input);
    node.add_output(output);
    return node;
  }
  NodeProto &call(const std::string &name,
                  const std::vector<std::string> &inputs,
                  const std::string &output) {
    NodeProto &node = g.node(name, inputs, output);
    node.set_domain("own");
    return node;
  }
  static AttributeProto numberAttribute(const std::string &name, float value) {
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::FLOAT);
    attribute.set_f(value);
    return attribute;
  }

  void expectOutputs(const std::vector<std::vector<double>> &wanted) {
    std::string file = folder.path("model.onnx"), error;
    g.write(file);
    auto artifact = Artifact::compile(file, folder.path("cache"), {}, error);
    ASSERT_TRUE(artifact) << error;
    Array x =
        naive::toArray({TensorProto::FLOAT, {2, 3}, {1, -2, 3, -4, 5, -6}});
    std::vector<Array> outputs = artifact->run({&x});
    ASSERT_EQ(outputs.size(), wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i)
      EXPECT_EQ(numbersOf(outputs[i]), wanted[i]) << i;
  }
  std::string errors() {
    g.write(folder.path("model.onnx"));
    return importErrors(folder.path("model.onnx"));
  }

  TemporaryFolder folder;
  GraphBuilder g;
};

/// leaky(x) = LeakyRelu(x, alpha) + x, twice with other attributes.
TEST_F(Functions, AttributesAndDefaults) {
  FunctionProto &leaky = function("leaky", {"a"}, {"b"});
  leaky.add_attribute("slope");
  NodeProto &relu = inside(leaky, "LeakyRelu", {"a"}, "t");
  AttributeProto &alpha = *relu.add_attribute();
  alpha.set_name("alpha");
  alpha.set_type(AttributeProto::FLOAT);
  alpha.set_ref_attr_name("slope");
  inside(leaky, "Add", {"t", "a"}, "b");
  // Field 11 of the message, which this version of the library lacks.
  leaky.mutable_unknown_fields()->AddLengthDelimited(
      11, numberAttribute("slope", 0.25f).SerializeAsString());
  *call("leaky", {"x"}, "y").add_attribute() = numberAttribute("slope", 0.5f);
  call("leaky", {"x"}, "z");
  g.output("y");
  g.output("z");
  expectOutputs({{2, -3, 6, -6, 10, -9}, {2, -2.5, 6, -5, 10, -7.5}});
}

/// Functions call functions, and names inside are not those outside.
TEST_F(Functions, Nested) {
  FunctionProto &twice = function("twice", {"a"}, {"b"});
  inside(twice, "Add", {"a", "a"}, "b");
  FunctionProto &outer = function("outer", {"a", "b"}, {"c", "a"});
  inside(outer, "twice", {"a"}, "x").set_domain("own");
  inside(outer, "twice", {"x"}, "t").set_domain("own");
  inside(outer, "Sub", {"t", "b"}, "c");
  g.floats("one", {}, {1});
  NodeProto &node = call("outer", {"x", "one"}, "y");
  node.add_output("same"); // an input that is passed on
  g.node("Neg", {"same"}, "z");
  g.output("y");
  g.output("z");
  expectOutputs({{3, -9, 11, -17, 19, -25}, {-1, 2, -3, 4, -5, 6}});
}

/// Nodes are of the opset that the function imports.
TEST_F(Functions, HaveTheirOwnOpset) {
  FunctionProto &sum = function("sum", {"a"}, {"b"}, 11);
  NodeProto &reduce = inside(sum, "ReduceSum", {"a"}, "b");
  GraphBuilder::set(reduce, "axes", std::vector<int64_t>{1});
  call("sum", {"x"}, "y");
  g.output("y");
  g.write(folder.path("model.onnx"));
  lathe::onnx::File file(folder.path("model.onnx"));
  EXPECT_EQ(file.opset(file.graph().node(0)), 11);
  EXPECT_EQ(file.graph().node(0).name(), "y_node/b");
  expectOutputs({{2, -5}});
}

TEST_F(Functions, WithoutAnEnd) {
  FunctionProto &endless = function("endless", {"a"}, {"b"});
  inside(endless, "endless", {"a"}, "b").set_domain("own");
  call("endless", {"x"}, "y");
  g.output("y");
  EXPECT_NE(errors().find("functions call each other more than 64 deep, at "
                          "'endless'"),
            std::string::npos)
      << errors();
}

/// A small file that would be a large graph.
TEST_F(Functions, TooMany) {
  std::string before = "Neg";
  for (int i = 0; i < 20; ++i) {
    std::string name = "f" + std::to_string(i);
    FunctionProto &next = function(name, {"a"}, {"d"});
    const char *values[] = {"a", "b", "c", "d"};
    for (int k = 0; k < 3; ++k)
      if (NodeProto &node = inside(next, before, {values[k]}, values[k + 1]); i)
        node.set_domain("own");
    before = name;
  }
  call(before, {"x"}, "y");
  g.output("y");
  EXPECT_NE(errors().find("more than 100000 nodes in all"), std::string::npos);
}
} // namespace
