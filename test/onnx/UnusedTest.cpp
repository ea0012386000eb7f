//===- UnusedTest.cpp - Only what outputs depend on must be supported -----===//
#include "test/onnx/GraphBuilder.h"
#include "test/onnx/NaiveArrays.h"
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;
using ::onnx::TensorProto;

namespace {
struct Unused : testing::Test {
  Unused() {
    g.input("x", {2, 2});
    g.node("Neg", {"x"}, "y");
    g.output("y");
  }
  /// What is said of the graph, which computes -x whatever else it holds.
  std::string check() {
    std::string file = folder.path("model.onnx"), error;
    g.write(file);
    testing::internal::CaptureStderr();
    auto artifact = Artifact::compile(file, folder.path("cache"), {}, error);
    std::string said = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(artifact) << error;
    if (!artifact)
      return said;
    EXPECT_EQ(artifact->model().input_count, 1);
    Array x = naive::toArray({TensorProto::FLOAT, {2, 2}, {1, -2, 3, 4}});
    EXPECT_EQ(naive::difference(artifact->run({&x})[0],
                                {TensorProto::FLOAT, {2, 2}, {-1, 2, -3, -4}}),
              "");
    return said;
  }
  TemporaryFolder folder;
  GraphBuilder g;
};

TEST_F(Unused, Initializers) {
  TensorProto &half = g.floats("half", {2}, {1, 2});
  half.set_data_type(TensorProto::FLOAT16);
  TensorProto &text = *g.model.mutable_graph()->add_initializer();
  text.set_name("text");
  text.set_data_type(TensorProto::STRING);
  text.add_dims(1);
  text.add_string_data("cat");
  g.model.mutable_graph()->add_sparse_initializer()->mutable_values()->set_name(
      "sparse");
  EXPECT_EQ(check(), "");
}

TEST_F(Unused, Inputs) {
  g.input("mask", {4}, TensorProto::DOUBLE);
  g.input("wide", {2, -1});
  g.model.mutable_graph()->add_input()->mutable_type()->mutable_sequence_type();
  g.model.mutable_graph()->mutable_input(3)->set_name("list");
  std::string said = check();
  EXPECT_NE(said.find("model.onnx: input 'mask' is of double; float, int32, "
                      "int64 and bool are supported. Nothing reads it, so the "
                      "artifact has no such input"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("input 'wide' has a dimension 'N' that is not known"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("input 'list' is no tensor"), std::string::npos) << said;
}

TEST_F(Unused, Nodes) {
  g.input("half", {2}, TensorProto::FLOAT16);
  g.node("Cast", {"half"}, "float");
  g.node("GridSample", {"float", "y"}, "sampled");
  EXPECT_NE(check().find("input 'half' is of float16"), std::string::npos);
}

/// What is read must still be supported.
TEST_F(Unused, IsNotUsed) {
  g.input("half", {2, 2}, TensorProto::FLOAT16);
  g.node("Relu", {"half"}, "z");
  g.output("z");
  g.write(folder.path("model.onnx"));
  EXPECT_NE(importErrors(folder.path("model.onnx")).find("is of float16"),
            std::string::npos);
}
} // namespace
