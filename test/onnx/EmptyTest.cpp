//===- EmptyTest.cpp - Tensors without elements ---------------------------===//
//
// Every operator with a dimension of 0: the empty or neutral result that ONNX
// defines, or one located word that says what is not supported.
//
//===----------------------------------------------------------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include "test/onnx/GraphBuilder.h"
#include "test/onnx/NaiveArrays.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;
using naive::Shape;
using ::onnx::TensorProto;

namespace {
/// A graph with the inputs `x` of [2,3], `none` of [0,3] and `cut` of [2,0],
/// and what its outputs must be.
class Empties : public testing::Test {
protected:
  Empties() : g(18) {
    g.input("x", {2, 3});
    g.integers("start", {0});
    g.integers("rows", {0});
    g.integers("columns", {1});
    g.node("Slice", {"x", "start", "start", "rows"}, "none");
    g.node("Slice", {"x", "start", "start", "columns"}, "cut");
  }

  ::onnx::NodeProto &node(const std::string &kind,
                          const std::vector<std::string> &inputs, Shape shape,
                          double value = 0,
                          naive::Type type = TensorProto::FLOAT) {
    std::string name = "y" + std::to_string(wanted.size());
    g.output(name);
    wanted.push_back(
        {type, shape, std::vector<double>(size_t(naive::count(shape)), value)});
    return g.node(kind, inputs, name);
  }
  std::string list(const std::vector<int64_t> &numbers) {
    std::string name = "list" + std::to_string(lists++);
    g.integers(name, numbers);
    return name;
  }

  void check() {
    TemporaryFolder folder;
    std::string file = folder.path("model.onnx"), error;
    g.write(file);
    auto artifact = Artifact::compile(file, folder.path("cache"), {}, error);
    ASSERT_TRUE(artifact) << error;
    Array x =
        naive::toArray({TensorProto::FLOAT, {2, 3}, {1, -2, 3, 0.5, 0, -1}});
    std::vector<const Array *> inputs;
    if (artifact->model().input_count)
      inputs.push_back(&x);
    std::vector<Array> outputs = artifact->run(inputs);
    ASSERT_EQ(outputs.size(), wanted.size());
    for (size_t i = 0; i < outputs.size(); ++i)
      EXPECT_EQ(naive::difference(outputs[i], wanted[i]), "")
          << g.model.graph().output(int(i)).name();
  }

  std::string errorsOf(const GraphBuilder &graph) {
    TemporaryFolder folder;
    graph.write(folder.path("model.onnx"));
    return importErrors(folder.path("model.onnx"));
  }

  GraphBuilder g;
  std::vector<naive::Value> wanted;
  int lists = 0;
};

TEST_F(Empties, Elementwise) {
  g.floats("one", {1}, {1});
  for (const char *kind : {"Abs", "Neg", "Exp", "Relu", "Sqrt", "Sigmoid",
                           "LeakyRelu", "Identity", "Floor", "Softplus"})
    node(kind, {"none"}, {0, 3});
  for (const char *kind : {"Add", "Mul", "Div", "Max", "Pow", "Sub"})
    node(kind, {"none", "one"}, {0, 3});
  node("Greater", {"one", "cut"}, {2, 0}, 0, TensorProto::BOOL);
  GraphBuilder::set(node("Cast", {"none"}, {0, 3}, 0, TensorProto::INT64), "to",
                    TensorProto::INT64);
  g.node("Equal", {"cut", "cut"}, "same");
  node("Where", {"same", "one", "one"}, {2, 0});
  node("Not", {"same"}, {2, 0}, 0, TensorProto::BOOL);
  node("Clip", {"none", "", ""}, {0, 3});
  node("Softmax", {"none"}, {0, 3});
  node("LogSoftmax", {"none"}, {0, 3});
  check();
}

TEST_F(Empties, Movement) {
  node("Expand", {"x", list({0, 2, 3})}, {0, 2, 3});
  node("Tile", {"x", list({0, 1})}, {0, 3});
  node("Reshape", {"none", list({-1, 3})}, {0, 3});
  node("Reshape", {"none", list({0, 3})}, {0, 3});
  GraphBuilder::set(node("Reshape", {"none", list({3, 0})}, {3, 0}),
                    "allowzero", 1);
  GraphBuilder::set(node("Flatten", {"none"}, {0, 3}), "axis", 1);
  GraphBuilder::set(node("Transpose", {"none"}, {3, 0}), "perm",
                    std::vector<int64_t>{1, 0});
  node("Unsqueeze", {"none", list({0})}, {1, 0, 3});
  GraphBuilder::set(node("Concat", {"none", "none"}, {0, 3}), "axis", 0);
  GraphBuilder::set(node("Concat", {"none", "none"}, {0, 6}), "axis", 1);
  node("Slice", {"none", "start", list({5}), "columns"}, {0, 3});
  node("Slice", {"none", list({2}), list({0}), "columns", list({-1})}, {0, 2});
  GraphBuilder::set(node("Gather", {"none", list({2, 0})}, {0, 2}), "axis", 1);
  GraphBuilder::set(node("Gather", {"x", list({})}, {0, 3}), "axis", 0);
  node("Pad", {"cut", list({0, 2, 0, 1})}, {2, 3});
  g.floats("value", {}, {4});
  node("Pad", {"cut", list({0, 2, 0, 1}), "value"}, {2, 3}, 4);
  node("Pad", {"x", list({0, -3, 0, 0})}, {2, 0});
  auto &split = node("Split", {"x", list({3, 0})}, {2, 3});
  wanted.back().elements = {1, -2, 3, 0.5, 0, -1};
  GraphBuilder::set(split, "axis", 1);
  split.add_output("nothing");
  node("Size", {"none"}, {}, 0, TensorProto::INT64);
  check();
}

TEST_F(Empties, Reductions) {
  const double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    const char *kind;
    double neutral;
  };
  for (Row row : {Row{"Sum", 0}, Row{"Prod", 1}, Row{"Max", -infinity},
                  Row{"Min", infinity}, Row{"L1", 0}, Row{"L2", 0},
                  Row{"SumSquare", 0}, Row{"LogSum", -infinity},
                  Row{"LogSumExp", -infinity}, Row{"Mean", std::nan("")}}) {
    std::string kind = std::string("Reduce") + row.kind;
    GraphBuilder::set(node(kind, {"none", "rows"}, {3}, row.neutral),
                      "keepdims", 0);
    node(kind, {"cut", list({0, 1})}, {1, 1}, row.neutral);
    node(kind, {"none", list({1})}, {0, 1});
  }
  GraphBuilder::set(node("ArgMax", {"none"}, {0, 1}, 0, TensorProto::INT64),
                    "axis", 1);
  auto &top = node("TopK", {"x", "rows"}, {2, 0});
  top.add_output("places");
  check();
}

TEST_F(Empties, Products) {
  g.floats("wide", {3, 4}, std::vector<float>(12, 1));
  node("MatMul", {"none", "wide"}, {0, 4});
  g.node("Transpose", {"cut"}, "rotated");
  node("MatMul", {"cut", "rotated"}, {2, 2});
  node("Gemm", {"none", "wide"}, {0, 4});
  g.floats("bias", {4}, {1, 2, 3, 4});
  node("Gemm", {"none", "wide", "bias"}, {0, 4});
  check();
}

/// What is not said above is refused, at its node; nothing crashes.
TEST_F(Empties, EveryOperatorTakesOrRefuses) {
  static constexpr llvm::ArrayRef<lathe::onnx::Operator> (*families[])() = {
      lathe::onnx::activationOperators,    lathe::onnx::attentionOperators,
      lathe::onnx::constantOperators,      lathe::onnx::convolutionOperators,
      lathe::onnx::dropoutOperators,       lathe::onnx::elementwiseOperators,
      lathe::onnx::indexingOperators,      lathe::onnx::lossOperators,
      lathe::onnx::normalizationOperators, lathe::onnx::poolingOperators,
      lathe::onnx::productOperators,       lathe::onnx::reductionOperators,
      lathe::onnx::resizeOperators,        lathe::onnx::shapingOperators,
      lathe::onnx::softmaxOperators};
  unsigned operators = 0;
  for (auto family : families)
    for (const lathe::onnx::Operator &row : family()) {
      if (!row.domain.empty())
        continue;
      ++operators;
      for (const Shape &shape :
           {Shape{0, 3}, Shape{2, 0, 4}, Shape{2, 3, 0, 4}})
        for (int count = 1; count <= 3; ++count) {
          GraphBuilder graph(18);
          graph.input("other", {2});
          graph.floats("x", shape, {});
          std::vector<std::string> inputs(size_t(count), "x");
          graph.node(row.name.str(), inputs, "y");
          graph.output("y");
          std::string errors = errorsOf(graph);
          if (!errors.empty()) {
            EXPECT_NE(errors.find("'y_node' (" + row.name.str()),
                      std::string::npos)
                << row.name.str() << ": " << errors;
          }
        }
    }
  EXPECT_GT(operators, 100u);
}
} // namespace
