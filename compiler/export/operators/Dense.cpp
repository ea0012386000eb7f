//===- Dense.cpp - Matrix products and bias -------------------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// A matrix [in, out] that checkpoints have as [out, in].
static bool isTransposed(const std::optional<Constant> &matrix) {
  return matrix && matrix->layout && matrix->layout->from().size() == 2 &&
         *matrix->layout ==
             TensorLayout(matrix->layout->from()).transpose({1, 0}) &&
         matrix->layout->moves();
}

/// Vectors times a matrix: Gemm takes the bias, too, and the matrix as the
/// model that this came from has it.
static void writeProduct(Value input, Value kernel, Value result,
                         Graph &graph) {
  nn::BiasAddOp bias = biasOf(result, graph);
  auto matrix = graph.constantOf(kernel);
  bool transposed = isTransposed(matrix);
  std::string x = graph.in(input), w;
  if (nn::rankedType(input).getRank() != 2 || (!bias && !transposed)) {
    w = graph.in(kernel);
    graph.define(result, graph.add("MatMul", {x, w}));
    return;
  }
  SmallVector<Attr> attributes;
  if (transposed) {
    matrix->transpose({1, 0});
    w = graph.initializer(*matrix);
    attributes.push_back({"transB", 1});
  } else {
    w = graph.in(kernel);
  }
  std::string offset;
  if (bias) {
    offset = graph.in(bias.getBias());
    graph.markWritten(bias);
    result = bias.getOutput();
  }
  graph.define(result, graph.add("Gemm", {x, w, offset}, attributes));
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
