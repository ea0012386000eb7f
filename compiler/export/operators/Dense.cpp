//===- Dense.cpp - Matrix products and bias -------------------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// Vectors times a matrix: Gemm takes the bias, too.
static void writeProduct(Value input, Value kernel, Value result,
                         Graph &graph) {
  nn::BiasAddOp bias = biasOf(result, graph);
  std::string x = graph.in(input), w = graph.in(kernel);
  if (nn::rankedType(input).getRank() != 2 || !bias) {
    graph.define(result, graph.add("MatMul", {x, w}));
    return;
  }
  graph.markWritten(bias);
  graph.define(bias.getOutput(),
               graph.add("Gemm", {x, w, graph.in(bias.getBias())}));
}

static void writeDense(nn::DenseOp op, Graph &graph) {
  writeProduct(op.getInput(), op.getKernel(), op.getOutput(), graph);
}

static void writeDenseLike(nn::DenseLikeOp op, Graph &graph) {
  writeProduct(op.getInput(), op.getKernel(), op.getOutput(), graph);
}

static void writeBiasAdd(nn::BiasAddOp op, Graph &graph) {
  writeBroadcast({op.getInput(), op.getBias()}, op.getOutput(), graph, "Add");
}

static void writeMatmul(nn::MatmulOp op, Graph &graph) {
  auto operand = [&](Value value, bool transposed) {
    std::string name = graph.in(value);
    if (!transposed)
      return name;
    auto order =
        llvm::to_vector(llvm::seq<int64_t>(nn::rankedType(value).getRank()));
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    return graph.add("Transpose", {name}, Attr("perm", order));
  };
  std::string a = operand(op.getLhs(), op.getTransposeA());
  std::string b = operand(op.getRhs(), op.getTransposeB());
  graph.define(op.getOutput(), graph.add("MatMul", {a, b}));
}

static constexpr Writer rows[] = {
    row<writeDense>,
    row<writeDenseLike>,
    row<writeBiasAdd>,
    row<writeMatmul>,
};

ArrayRef<Writer> lathe::exporter::denseWriters() { return rows; }
