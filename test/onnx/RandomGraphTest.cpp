//===- RandomGraphTest.cpp - Random graphs against naive loops ------------===//
//
// LATHE_RANDOM_GRAPHS=500 runs more of them than a quick test does.
//
//===----------------------------------------------------------------------===//
#include "test/onnx/RandomGraph.h"
#include "test/onnx/NaiveArrays.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;

namespace {
/// What is wrong with the artifact of the graph; empty where nothing is.
std::string check(const RandomGraph &random, const TemporaryFolder &folder) {
  std::string file = folder.path("model.onnx"), error;
  random.graph.write(file);
  std::optional<Artifact> artifact =
      Artifact::compile(file, folder.path("cache"), {}, error);
  if (!artifact)
    return error;
  std::vector<Array> inputs;
  for (const auto &input : random.inputs)
    inputs.push_back(naive::toArray(input.value));
  std::vector<const Array *> order;
  const lathe_model &model = artifact->model();
  for (int32_t i = 0; i < model.input_count; ++i)
    for (size_t k = 0; k < inputs.size(); ++k)
      if (random.inputs[k].name == model.input_ports[i].name)
        order.push_back(&inputs[k]);
  std::vector<Array> outputs = artifact->run(order);
  for (size_t i = 0; i < outputs.size(); ++i)
    if (std::string problem =
            naive::difference(outputs[i], random.outputs[i].value);
        !problem.empty())
      return random.outputs[i].name + ": " + problem;
  return "";
}

void checkSeeds(bool batched) {
  const char *wanted = std::getenv("LATHE_RANDOM_GRAPHS");
  int graphs = wanted ? std::atoi(wanted) : 3;
  TemporaryFolder folder;
  for (int seed = 1; seed <= graphs && !testing::Test::HasFailure(); ++seed) {
    RandomGraph random(uint32_t(seed), batched, 45);
    ASSERT_FALSE(random.outputs.empty());
    std::string problem;
    try {
      problem = check(random, folder);
    } catch (const std::exception &error) {
      problem = error.what();
    }
    EXPECT_EQ(problem, "") << "seed " << seed << "\n" << random.describe();
  }
}

TEST(RandomGraphs, OfOneSample) { checkSeeds(/*batched=*/false); }
TEST(RandomGraphs, OfBatches) { checkSeeds(/*batched=*/true); }

/// Reductions to one element, and what changes its type or combines it.
TEST(RankZero, Results) {
  using ::onnx::TensorProto;
  TemporaryFolder folder;
  GraphBuilder g(17);
  g.input("x", {2, 3});
  g.input("n", {4}, TensorProto::INT64);
  std::vector<naive::Value> wanted;
  auto output = [&](const std::string &name, naive::Type type,
                    naive::Shape shape, double value) {
    g.output(name);
    wanted.push_back(
        {type, shape, std::vector<double>(size_t(naive::count(shape)), value)});
  };
  GraphBuilder::set(g.node("ReduceSum", {"x"}, "sum"), "keepdims", 0);
  GraphBuilder::set(g.node("ReduceMax", {"x"}, "max"), "keepdims", 0);
  GraphBuilder::set(g.node("ReduceSum", {"n"}, "count"), "keepdims", 0);
  GraphBuilder::set(g.node("Cast", {"sum"}, "integer"), "to",
                    TensorProto::INT64);
  output("integer", TensorProto::INT64, {}, -20);
  GraphBuilder::set(g.node("Cast", {"count"}, "float"), "to",
                    TensorProto::FLOAT);
  output("float", TensorProto::FLOAT, {}, 10);
  g.floats("half", {}, {0.5f});
  g.floats("pair", {2}, {1, 1});
  g.node("Greater", {"max", "half"}, "greater");
  output("greater", TensorProto::BOOL, {}, 0);
  g.node("Mul", {"sum", "half"}, "product");
  output("product", TensorProto::FLOAT, {}, -10);
  g.node("Add", {"sum", "pair"}, "sums");
  output("sums", TensorProto::FLOAT, {2}, -19);
  g.node("Where", {"greater", "sum", "max"}, "chosen");
  output("chosen", TensorProto::FLOAT, {}, -1);
  std::string file = folder.path("model.onnx"), error;
  g.write(file);
  auto artifact = Artifact::compile(file, folder.path("cache"), {}, error);
  ASSERT_TRUE(artifact) << error;
  Array x = naive::toArray(
            {TensorProto::FLOAT, {2, 3}, {-1, -2, -3, -3, -5, -6}}),
        n = naive::toArray({TensorProto::INT64, {4}, {1, 2, 3, 4}});
  std::vector<Array> outputs = artifact->run({&x, &n});
  for (size_t i = 0; i < outputs.size(); ++i)
    EXPECT_EQ(naive::difference(outputs[i], wanted[i]), "") << outputs[i].name;
}
} // namespace
