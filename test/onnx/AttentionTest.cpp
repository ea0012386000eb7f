//===- AttentionTest.cpp - Queries that may see nothing -------------------===//
#include "test/onnx/GraphBuilder.h"
#include "test/onnx/NaiveArrays.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;
using ::onnx::TensorProto;

namespace {
/// A mask that is false in a whole row gives zeros there, as ONNX says since
/// 1.22, whatever the values are; the softmax itself is 0/0.
TEST(Attention, RowsThatAreMaskedAreZeros) {
  TemporaryFolder folder;
  GraphBuilder g(23);
  g.input("q", {1, 1, 2, 2});
  g.input("k", {1, 1, 3, 2});
  g.input("v", {1, 1, 3, 2});
  g.input("mask", {2, 3}, TensorProto::BOOL);
  auto &node = g.node("Attention", {"q", "k", "v", "mask", "", ""}, "y");
  for (const char *name : {"", "", "scores"})
    node.add_output(name);
  GraphBuilder::set(node, "qk_matmul_output_mode", int64_t(3));
  g.output("y");
  g.output("scores");
  std::string file = folder.path("model.onnx"), error;
  g.write(file);
  auto artifact = Artifact::compile(file, folder.path("cache"), {}, error);
  ASSERT_TRUE(artifact) << error;
  double infinity = INFINITY, nan = NAN;
  Array q = naive::toArray({TensorProto::FLOAT, {1, 1, 2, 2}, {1, 2, 3, 4}}),
        k = naive::toArray(
            {TensorProto::FLOAT, {1, 1, 3, 2}, {1, 0, 0, 1, 1, 1}}),
        v = naive::toArray(
            {TensorProto::FLOAT, {1, 1, 3, 2}, {1, 2, 3, 4, infinity, nan}}),
        mask = naive::toArray({TensorProto::BOOL, {2, 3}, {0, 0, 0, 0, 1, 0}});
  std::vector<Array> outputs = artifact->run({&q, &k, &v, &mask});
  std::vector<double> y = numbersOf(outputs[0]), scores = numbersOf(outputs[1]);
  EXPECT_EQ(y[0], 0);
  EXPECT_EQ(y[1], 0);
  EXPECT_TRUE(std::isnan(scores[0]));
  EXPECT_EQ((std::vector<double>(scores.begin() + 3, scores.end())),
            (std::vector<double>{0, 1, 0}));
}
} // namespace
