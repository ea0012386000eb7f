//===- RefusalTest.cpp - What is not supported is said at once ------------===//
#include "compiler/frontend/onnx/Onnx.h"
#include "compiler/tools/StagedModel.h"
#include "test/onnx/GraphBuilder.h"
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

namespace {
struct Refusals : testing::Test {
  std::string errorsOf(const GraphBuilder &graph) {
    graph.write(file);
    return importErrors(file);
  }
  TemporaryFolder folder;
  std::string file = folder.path("model.onnx");
};

TEST_F(Refusals, AllNodesAtOnce) {
  GraphBuilder g = smallNetwork();
  g.node("GridSample", {"r1"}, "z1");
  g.node("If", {"r1"}, "z2");
  g.set(g.node("Relu", {"r1"}, "z3"), "steepness", 3);
  for (const char *name : {"z1", "z2", "z3"})
    g.output(name);
  std::string errors = errorsOf(g);
  EXPECT_NE(errors.find("node 'z1_node' (GridSample, opset 17): the operator "
                        "GridSample is not supported"),
            std::string::npos)
      << errors;
  EXPECT_NE(errors.find("node 'z2_node' (If, opset 17)"), std::string::npos);
  EXPECT_NE(errors.find("the attribute steepness of Relu is not supported; "
                        "these are: none"),
            std::string::npos);
}

TEST_F(Refusals, Opsets) {
  GraphBuilder g = smallNetwork();
  g.model.mutable_opset_import(0)->set_version(99);
  EXPECT_NE(errorsOf(g).find("opset 99 is not supported, 6 to 27 are"),
            std::string::npos);
  g.model.clear_opset_import();
  EXPECT_NE(errorsOf(g).find("does not say which opset"), std::string::npos);
}

TEST_F(Refusals, Types) {
  GraphBuilder g;
  g.input("x", {1, 4}, ::onnx::TensorProto::FLOAT16);
  g.node("Relu", {"x"}, "y");
  g.output("y");
  EXPECT_NE(errorsOf(g).find("input 'x' is of float16; float, int32, int64 and "
                             "bool are supported"),
            std::string::npos);
}

TEST_F(Refusals, ShapesThatAreNotKnown) {
  GraphBuilder g;
  g.input("x", {2, 6});
  g.input("shape", {2}, ::onnx::TensorProto::INT64);
  g.node("Reshape", {"x", "shape"}, "y");
  g.output("y");
  EXPECT_NE(errorsOf(g).find("input 'shape' must be known when compiling"),
            std::string::npos);
  GraphBuilder open;
  open.input("x", {2, -1});
  open.node("Relu", {"x"}, "y");
  open.output("y");
  EXPECT_NE(errorsOf(open).find("only the first, the batch, may be open"),
            std::string::npos);
}

TEST_F(Refusals, ShapesThatDoNotFit) {
  GraphBuilder g;
  g.input("x", {1, 3, 8, 8});
  g.weights("w", {4, 2, 3, 3});
  g.node("Conv", {"x", "w"}, "y");
  g.output("y");
  EXPECT_NE(errorsOf(g).find("a filter of shape [4,2,3,3] in 1 groups does not "
                             "fit 3 channels"),
            std::string::npos);
  GraphBuilder flat;
  flat.input("x", {1, 3, 8});
  flat.weights("w", {4, 3, 3, 3});
  flat.node("Conv", {"x", "w"}, "y");
  flat.output("y");
  EXPECT_NE(errorsOf(flat).find("a filter of shape [4,3,3,3] needs 4 "
                                "dimensions, the input has 3"),
            std::string::npos);
  GraphBuilder large;
  large.input("x", {1, 2, 2, 2});
  large.weights("w", {4, 2, 3, 3});
  large.node("Conv", {"x", "w"}, "y");
  large.output("y");
  EXPECT_NE(errorsOf(large).find("a window of 3 elements is larger than the "
                                 "input of 2"),
            std::string::npos);
}

/// Every error of a node is said, not only the first.
TEST_F(Refusals, TooManyPorts) {
  GraphBuilder g;
  for (int i = 0; i < 65; ++i)
    g.input("x" + std::to_string(i), {1, 4});
  g.node("Add", {"x0", "x64"}, "y");
  g.output("y");
  EXPECT_NE(
      errorsOf(g).find("more than 64 inputs or outputs are not supported"),
      std::string::npos);
}

TEST_F(Refusals, SeveralNodes) {
  GraphBuilder g;
  g.input("x", {2, 6});
  g.integers("a", {5});
  g.integers("b", {2, 7});
  g.node("Reshape", {"x", "a"}, "y");
  g.node("Reshape", {"x", "b"}, "z");
  g.output("y");
  g.output("z");
  std::string errors = errorsOf(g);
  EXPECT_NE(errors.find("'y_node'"), std::string::npos) << errors;
  EXPECT_NE(errors.find("'z_node'"), std::string::npos) << errors;
}

TEST_F(Refusals, TableOfOperators) {
  GraphBuilder g = smallNetwork();
  g.node("GridSample", {"r1"}, "z1");
  g.output("z1");
  g.node("Relu", {"z1"}, "unused");
  g.write(file);
  mlir::MLIRContext context;
  std::string text;
  llvm::raw_string_ostream os(text);
  EXPECT_FALSE(lathe::onnx::printOperators(file, context, os));
  EXPECT_NE(text.find("     2  Conv                          17  supported\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("the operator GridSample is not supported"),
            std::string::npos);
  EXPECT_NE(text.find("8 operators, 1 not supported\n1 nodes are left out: no "
                      "output depends on them\n"),
            std::string::npos)
      << text;
}
} // namespace
