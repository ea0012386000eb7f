//===- LayoutTest.cpp - No transpose between layers -----------------------===//
#include "test/onnx/GraphBuilder.h"
#include <gtest/gtest.h>

using namespace lathe::test;

namespace {
size_t count(const std::string &text, const std::string &word) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at)
    ++found;
  return found;
}

struct Layout : testing::Test {
  size_t transposes(const GraphBuilder &graph) {
    std::string file = folder.path("model.onnx");
    graph.write(file);
    EXPECT_GT(count(moduleAfter(file, "imported"), "nn.transpose"), 1u);
    return count(moduleAfter(file, "typed"), "nn.transpose");
  }
  TemporaryFolder folder;
};

GraphBuilder beginning(GraphBuilder g) {
  g.input("x", {1, 3, 16, 16});
  return g;
}

/// A 3x3 convolution that keeps the extents.
void conv(GraphBuilder &g, const std::string &from, const std::string &to,
          int64_t in, int64_t out) {
  g.weights(to + "_w", {out, in, 3, 3});
  g.set(g.node("Conv", {from, to + "_w"}, to), "pads",
        std::vector<int64_t>{1, 1, 1, 1});
}

/// The input's is the one that remains.
TEST_F(Layout, Classifier) { EXPECT_EQ(transposes(smallNetwork()), 1u); }

TEST_F(Layout, OneChannelNeedsNone) {
  GraphBuilder g;
  g.input("x", {1, 1, 16, 16});
  conv(g, "x", "a", 1, 4);
  g.node("GlobalAveragePool", {"a"}, "y");
  g.output("y");
  EXPECT_EQ(transposes(g), 0u);
}

TEST_F(Layout, ResidualBlocks) {
  GraphBuilder g = beginning(GraphBuilder());
  conv(g, "x", "stem", 3, 8);
  std::string last = "stem";
  for (int block = 0; block < 3; ++block) {
    std::string n = std::to_string(block);
    conv(g, last, "a" + n, 8, 8);
    g.node("Relu", {"a" + n}, "r" + n);
    conv(g, "r" + n, "b" + n, 8, 8);
    g.node("Add", {"b" + n, last}, "s" + n);
    g.node("Relu", {"s" + n}, "t" + n);
    last = "t" + n;
  }
  g.node("GlobalAveragePool", {last}, "pooled");
  g.set(g.node("Flatten", {"pooled"}, "flat"), "axis", 1);
  g.weights("w", {8, 5});
  g.node("Gemm", {"flat", "w"}, "y");
  g.output("y");
  EXPECT_EQ(transposes(g), 1u);
}

TEST_F(Layout, JoinsPaddingsAndGates) {
  GraphBuilder g = beginning(GraphBuilder());
  conv(g, "x", "a", 3, 4);
  conv(g, "a", "b", 4, 4);
  g.set(g.node("Concat", {"a", "b"}, "c"), "axis", 1);
  g.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
  g.node("Pad", {"c", "pads"}, "d");
  conv(g, "d", "e", 8, 8);
  // A gate for each channel, a factor and an offset that the graph holds.
  g.node("GlobalAveragePool", {"e"}, "gate");
  g.node("Sigmoid", {"gate"}, "sigmoid");
  g.node("Mul", {"e", "sigmoid"}, "gated");
  g.weights("factor", {8, 1, 1});
  g.node("Mul", {"gated", "factor"}, "scaled");
  g.floats("offset", {}, {0.5});
  g.node("Add", {"scaled", "offset"}, "f");
  g.node("Sigmoid", {"f"}, "s");
  g.node("Mul", {"f", "s"}, "swish");
  conv(g, "swish", "h", 8, 2);
  g.node("GlobalAveragePool", {"h"}, "y");
  g.output("y");
  EXPECT_EQ(transposes(g), 1u);
}
} // namespace
