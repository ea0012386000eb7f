//===- NamesTest.cpp - Names of graphs beside those of the compiler -------===//
#include "test/conformance/Artifact.h"
#include "test/onnx/GraphBuilder.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;

namespace {
std::vector<double> run(const GraphBuilder &g, const std::string &name,
                        const std::vector<float> &x) {
  TemporaryFolder folder;
  std::string file = folder.path(name + ".onnx"), error;
  g.write(file);
  std::optional<Artifact> artifact =
      Artifact::compile(file, folder.path("cache"), {}, error);
  EXPECT_TRUE(artifact) << name << ": " << error;
  if (!artifact)
    return {};
  Array input{"x", LATHE_F32, {1, int64_t(x.size())}, {}};
  input.bytes.resize(x.size() * sizeof(float));
  std::memcpy(input.bytes.data(), x.data(), input.bytes.size());
  return numbersOf(artifact->run({&input})[0]);
}

/// y = x + `initializer`.
GraphBuilder sum(const std::string &initializer) {
  GraphBuilder g;
  g.input("x", {1, 3});
  g.floats(initializer, {3}, {1, 2, 3});
  g.node("Add", {"x", initializer}, "y");
  g.output("y");
  return g;
}

/// The file's name is the model's: here that of a kernel, a step, a parameter.
TEST(Names, OfFiles) {
  for (const char *name :
       {"add_3", "add_scalar", "predict", "forward", "prepare", "seed", "w",
        "train_step", "update_step", "evaluate_batch", "0"})
    EXPECT_EQ(run(sum("w"), name, {1, 1, 1}), (std::vector<double>{2, 3, 4}))
        << name;
}

TEST(Names, OfInitializers) {
  for (const char *name : {"model", "add_3", "predict", "forward", "prepare",
                           "prepared/0", "seed", "fit/epoch", "best/w"})
    EXPECT_EQ(run(sum(name), "model", {1, 1, 1}),
              (std::vector<double>{2, 3, 4}))
        << name;
}

/// A scalar's kernel has a name without extents.
TEST(Names, OfScalars) {
  GraphBuilder g;
  g.input("x", {1, 3});
  g.set(g.node("ReduceSum", {"x"}, "s"), "keepdims", 0);
  g.node("Add", {"s", "s"}, "y");
  g.output("y");
  for (const char *name : {"add_scalar", "reduce_scalar", "reduce_add_scalar"})
    EXPECT_EQ(run(g, name, {1, 2, 3}), std::vector<double>{12}) << name;
}

/// With nothing reduced, the logarithm of the exponential.
TEST(LogSumExp, OfNoAxes) {
  GraphBuilder g(18);
  g.input("x", {1, 3});
  auto &node = g.node("ReduceLogSumExp", {"x"}, "y");
  g.set(node, "noop_with_empty_axes", 1);
  g.output("y");
  EXPECT_EQ(run(g, "m", {1, 2, 3}), (std::vector<double>{1, 2, 3}));
}
} // namespace
