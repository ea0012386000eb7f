//===- ImportTest.cpp - What becomes of a graph ---------------------------===//
#include "compiler/tools/StagedModel.h"
#include "dialects/nn/NNDialect.h"
#include "test/onnx/GraphBuilder.h"
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

namespace {
struct Import : testing::Test {
  std::string imported(const GraphBuilder &graph) {
    graph.write(file);
    return moduleAfter(file, "imported");
  }
  TemporaryFolder folder;
  std::string file = folder.path("small-net.onnx");
};

void expectIn(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

TEST_F(Import, NamesAndBatch) {
  std::string text = imported(smallNetwork(4));
  expectIn(text, "nn.model @small_net {batch = 4 : i64}");
  expectIn(text, "tensor<?x2x8x8xf32> {nn.name = \"image\"}");
  expectIn(text, "(tensor<?x3xf32> {nn.name = \"probabilities\"})");
  expectIn(text, "nn.variable parameter @w1 : tensor<3x3x2x4xf32>");
}

TEST_F(Import, OpenBatch) {
  GraphBuilder g = smallNetwork(-1);
  expectIn(imported(g), "{batch = 1 : i64}");
  StagedModel model;
  lathe::onnx::ImportOptions options;
  options.batch = 32;
  options.name = "net";
  ASSERT_TRUE(model.load(file, options));
  EXPECT_EQ(nn::batchSize(model.module()), 32);
  EXPECT_EQ(nn::modelName(model.module()), "net");
}

/// x.view(x.size(0), -1), as PyTorch writes it.
TEST_F(Import, ShapesThatAreComputed) {
  for (int64_t batch : {int64_t(-1), int64_t(5)}) {
    GraphBuilder g;
    g.input("x", {batch, 3, 4});
    g.node("Shape", {"x"}, "shape");
    g.integers("zero", {0});
    g.node("Gather", {"shape", "zero"}, "first");
    g.integers("rest", {-1});
    g.set(g.node("Concat", {"first", "rest"}, "wanted"), "axis", 0);
    g.node("Reshape", {"x", "wanted"}, "y");
    g.output("y");
    std::string text = imported(g);
    expectIn(text, "tensor<?x12xf32> {nn.name = \"y\"}");
    EXPECT_EQ(text.find("nn.variable"), std::string::npos) << text;
  }
}

/// What mixes samples is one sample as a whole.
TEST_F(Import, WholeGraphs) {
  GraphBuilder g;
  g.input("x", {6, 4});
  g.set(g.node("Softmax", {"x"}, "y"), "axis", 0);
  g.output("y");
  std::string text = imported(g);
  expectIn(text, "tensor<6x4xf32> {nn.name = \"x\"}");
  expectIn(text, "{batch = 1 : i64}");
}

TEST_F(Import, SameWeightsAreOneParameter) {
  GraphBuilder g;
  g.input("x", {1, 4, 8, 8});
  g.weights("w", {4, 4, 1, 1});
  g.node("Conv", {"x", "w"}, "a");
  g.node("Conv", {"a", "w"}, "y");
  g.output("y");
  std::string text = imported(g);
  EXPECT_EQ(text.find("nn.variable"), text.rfind("nn.variable")) << text;
}

TEST_F(Import, ConstantInputs) {
  GraphBuilder g;
  g.input("x", {2, 6});
  g.input("shape", {2}, ::onnx::TensorProto::INT64);
  g.node("Reshape", {"x", "shape"}, "y");
  g.output("y");
  g.write(file);
  ::onnx::TensorProto shape;
  shape.set_data_type(::onnx::TensorProto::INT64);
  shape.add_dims(2);
  shape.add_int64_data(3);
  shape.add_int64_data(4);
  writeFile(folder.path("shape.pb"), shape.SerializeAsString());
  StagedModel model;
  lathe::onnx::ImportOptions options;
  options.constants["shape"] = folder.path("shape.pb");
  ASSERT_TRUE(model.load(file, options));
  std::string text;
  llvm::raw_string_ostream os(text);
  model.module().print(os);
  expectIn(text,
           "(%arg0: tensor<2x6xf32> {nn.name = \"x\"}) -> (tensor<3x4xf32> "
           "{nn.name = \"y\"})");
}
} // namespace
