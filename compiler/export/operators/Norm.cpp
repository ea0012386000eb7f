//===- Norm.cpp - Normalisation -------------------------------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

static std::string filled(Graph &graph, StringRef role, int64_t count,
                          double value) {
  return graph.numbers(role, count, SmallVector<double>(count, value));
}

/// With the moving statistics, as it is trained.
static void writeBatchNorm(nn::BatchNormOp op, Graph &graph) {
  int64_t channels = nn::rankedType(op.getMovingMean()).getDimSize(0);
  std::string x = graph.first(op.getInput());
  std::string gamma = op.getGamma() ? graph.in(op.getGamma())
                                    : filled(graph, "ones", channels, 1);
  std::string beta = op.getBeta() ? graph.in(op.getBeta())
                                  : filled(graph, "zeros", channels, 0);
  graph.define(op.getOutput(),
               graph.add("BatchNormalization",
                         {x, gamma, beta, graph.in(op.getMovingMean()),
                          graph.in(op.getMovingVariance())},
                         {{"epsilon", op.getEpsilon().convertToDouble()},
                          {"momentum", op.getMomentum().convertToDouble()}}),
               Order::ChannelsFirst);
}

/// (x - mean)/max(sqrt(variance), 1e-7), of the parameters.
static void writeAdaptedNorm(nn::AdaptedNormOp op, Graph &graph) {
  Value result = op.getOutput();
  Order order = graph.orderOf(op.getInput());
  int64_t rank = nn::rankedType(result).getRank();
  auto vector = [&](Value parameter) {
    return graph.broadcast(parameter, rank, order);
  };
  std::string deviation = graph.add("Sqrt", {vector(op.getVariance())});
  deviation = graph.add("Max", {deviation, graph.scalar("least", 1e-7)});
  std::string centred =
      graph.add("Sub", {graph.in(op.getInput(), order), vector(op.getMean())});
  graph.define(result, graph.add("Div", {centred, deviation}), order);
}

/// (x - mean)·matrix of the last dimension, or of all elements of a sample.
static void writeAdaptedWhitening(nn::AdaptedWhiteningOp op, Graph &graph) {
  std::string x = graph.in(op.getInput());
  ArrayRef<int64_t> shape = nn::rankedType(op.getInput()).getShape();
  bool reshapes = op.getWhole() && shape.size() > 2;
  if (reshapes)
    x = graph.add("Reshape", {x, graph.integers("elements", {0, -1})});
  x = graph.add("Sub", {x, graph.in(op.getMean())});
  x = graph.add("MatMul", {x, graph.in(op.getMatrix())});
  if (reshapes) {
    SmallVector<int64_t> whole(shape);
    whole.front() = 0;
    x = graph.add("Reshape", {x, graph.integers("shape", whole)});
  }
  graph.define(op.getOutput(), x);
}

/// The one operation that reads the value, where it is of the class.
template <typename OpTy>
static OpTy onlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<OpTy>(*value.getUsers().begin()) : OpTy();
}

/// Along the channels, with the factors and the bias that follow.
static void writeStandardize(nn::StandardizeOp op, Graph &graph) {
  RankedTensorType type = nn::rankedType(op.getInput());
  if (op.getAxes() != ArrayRef<int64_t>{type.getRank() - 1}) {
    graph.refuse(op, "it normalises other dimensions than the last");
    return;
  }
  Value result = op.getOutput();
  std::string gamma, beta;
  if (auto factors = onlyUser<nn::MultiplyOp>(result))
    if (factors.getLhs() == result && graph.constantOf(factors.getRhs()) &&
        nn::rankedType(factors.getRhs()).getRank() == 1) {
      gamma = graph.in(factors.getRhs());
      graph.markWritten(factors);
      result = factors.getOutput();
    }
  if (nn::BiasAddOp bias = biasOf(result, graph)) {
    beta = graph.in(bias.getBias());
    graph.markWritten(bias);
    result = bias.getOutput();
  }
  if (gamma.empty())
    gamma = filled(graph, "ones", type.getShape().back(), 1);
  graph.define(result,
               graph.add("LayerNormalization",
                         {graph.in(op.getInput()), gamma, beta},
                         {{"axis", -1},
                          {"epsilon", op.getEpsilon().convertToDouble()}}));
}

/// Each group as a channel of InstanceNormalization; GroupNormalization means
/// something else before opset 21.
static void writeGroupStandardize(nn::GroupStandardizeOp op, Graph &graph) {
  ArrayRef<int64_t> shape = nn::rankedType(op.getInput()).getShape();
  int64_t groups = int64_t(op.getGroups());
  std::string x = graph.first(op.getInput());
  // 0 is the input's own extent.
  SmallVector<int64_t> grouped{0, groups, -1}, back{0, shape.back()};
  llvm::append_range(back, shape.drop_front().drop_back());
  std::string ones = filled(graph, "ones", groups, 1);
  std::string zeros = filled(graph, "zeros", groups, 0);
  std::string apart =
      graph.add("Reshape", {x, graph.integers("groups", grouped)});
  std::string y = graph.add("InstanceNormalization", {apart, ones, zeros},
                            Attr("epsilon", op.getEpsilon().convertToDouble()));
  graph.define(op.getOutput(),
               graph.add("Reshape", {y, graph.integers("shape", back)}),
               Order::ChannelsFirst);
}

static constexpr Writer rows[] = {
    row<writeBatchNorm>,        row<writeAdaptedNorm>,
    row<writeAdaptedWhitening>, row<writeStandardize>,
    row<writeGroupStandardize>,
};

ArrayRef<Writer> lathe::exporter::normalizationWriters() { return rows; }
