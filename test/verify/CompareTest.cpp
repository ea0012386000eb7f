//===- CompareTest.cpp - What counts as a difference ----------------------===//
#include "compiler/verify/Compare.h"
#include "compiler/verify/Slices.h"
#include "test/onnx/GraphBuilder.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::verify;
using lathe::test::GraphBuilder;

namespace {

Array floats(std::vector<int64_t> shape, const std::vector<float> &values) {
  Array array{"y", "float32", std::move(shape), {}};
  array.bytes.resize(values.size() * sizeof(float));
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

Array truths(const std::vector<char> &values) {
  return {"y", "bool", {int64_t(values.size())}, values};
}

TEST(Compare, FindsTheWrongElement) {
  Array right = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  Array wrong = floats({2, 3}, {1, 2, 3, 4, 5.25, 6.0005f});
  EXPECT_TRUE(compare(right, right, {}).agrees);
  EXPECT_EQ(compare(right, right, {}).difference, 0);
  Comparison result = compare(wrong, right, {});
  EXPECT_FALSE(result.agrees);
  EXPECT_EQ(result.difference, 0.25);
  EXPECT_EQ(result.at, (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(result.ours, 5.25);
  EXPECT_EQ(result.theirs, 5);
}

/// Elements may differ by a share of their own, and by one of the largest.
TEST(Compare, Tolerates) {
  Tolerance tolerance{0.01, 0.001};
  Array theirs = floats({2}, {100, 0});
  EXPECT_TRUE(compare(floats({2}, {101, 0.09f}), theirs, tolerance).agrees);
  EXPECT_FALSE(compare(floats({2}, {100, 0.11f}), theirs, tolerance).agrees);
  EXPECT_FALSE(compare(floats({2}, {101.2f, 0}), theirs, tolerance).agrees);
  // Small tensors are compared as if their largest element were 1.
  EXPECT_FALSE(
      compare(floats({1}, {0.002f}), floats({1}, {0}), tolerance).agrees);
}

TEST(Compare, KnowsNumbersThatAreNone) {
  float infinity = HUGE_VALF, nan = NAN;
  Array theirs = floats({3}, {infinity, nan, 1});
  EXPECT_TRUE(compare(theirs, theirs, {}).agrees);
  EXPECT_FALSE(compare(floats({3}, {-infinity, nan, 1}), theirs, {}).agrees);
  EXPECT_FALSE(compare(floats({3}, {infinity, 0, 1}), theirs, {}).agrees);
  Comparison result = compare(floats({3}, {infinity, nan, nan}), theirs, {});
  EXPECT_FALSE(result.agrees);
  EXPECT_EQ(result.at, std::vector<int64_t>{2});
}

TEST(Compare, ShapesTypesAndTruths) {
  Array row = floats({1, 2}, {1, 2}), column = floats({2, 1}, {1, 2});
  EXPECT_EQ(compare(row, column, {}).problem,
            "it is float32[1,2], ONNX Runtime has float32[2,1]");
  EXPECT_FALSE(compare(row, column, {}).agrees);
  EXPECT_FALSE(compare(row, truths({1, 0}), {}).agrees);
  EXPECT_TRUE(compare(truths({1, 0}), truths({1, 0}), {}).agrees);
  EXPECT_EQ(compare(truths({1, 1}), truths({1, 0}), {}).at,
            std::vector<int64_t>{1});
}

/// Each part has few ports, reads what others compute, and all nodes are in
/// one; integers that are computed are constants of the parts.
TEST(Slices, HoldEachNodeOnce) {
  GraphBuilder g;
  g.input("x", {-1, 2});
  g.node("Shape", {"x"}, "shape");
  g.node("Reshape", {"x", "shape"}, "v0");
  for (int i = 0; i < 60; ++i)
    g.node("Relu", {"v" + std::to_string(i)}, "v" + std::to_string(i + 1));
  g.node("Reshape", {"v60", "shape"}, "last");
  g.output("last");
  EXPECT_EQ(withAllOutputs(g.model).graph().output_size(), 63);
  std::vector<Array> inputs = drawInputs(g.model.graph());
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(inputs[0].bytes.size(), 8u);

  Values values;
  values["x"] = inputs[0];
  values["shape"] = {"shape", "int64", {2}, std::vector<char>(16)};
  for (const auto &node : g.model.graph().node())
    if (node.output(0) != "shape")
      values[node.output(0)] = floats({1, 2}, {1, 2});
  int nodes = 0;
  std::vector<Slice> slices = sliced(g.model, values);
  for (const Slice &slice : slices) {
    nodes += slice.model.graph().node_size();
    EXPECT_LE(slice.inputs.size(), 64u);
    EXPECT_LE(slice.outputs.size(), 64u);
    EXPECT_EQ(size_t(slice.model.graph().input_size()), slice.inputs.size());
  }
  EXPECT_EQ(nodes, 63);
  ASSERT_GT(slices.size(), 1u);
  EXPECT_EQ(slices.back().inputs.size(), 1u);
  ASSERT_EQ(slices.back().model.graph().initializer_size(), 1);
  EXPECT_EQ(slices.back().model.graph().initializer(0).name(), "shape");
  EXPECT_EQ(nodeOf(g.model, "v3"), "node 'v3_node' (Relu, opset 17)");
}

} // namespace
