//===- Products.cpp - Gemm, MatMul ----------------------------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace lathe::onnx;

static void buildMatMul(Node &node) {
  node.out(node.emit.matmul(node.in(0), node.in(1)));
}

static void buildGemm(Node &node) {
  Emitter &emit = node.emit;
  Tensor a = node.in(0), b = node.in(1);
  if (a.rank() != 2 || b.rank() != 2)
    throw Refusal("Gemm multiplies matrices, but its inputs have shapes " +
                  describe(a.shape()) + " and " + describe(b.shape()));
  if (node.integer("transA", 0))
    a = emit.transpose(a, {1, 0});
  if (node.integer("transB", 0))
    b = emit.transpose(b, {1, 0});
  Tensor y = emit.matmul(a, b);
  double alpha = node.number("alpha", 1), beta = node.number("beta", 1);
  if (alpha != 1)
    y = emit.scale(y, alpha);
  if (node.has(2) && beta != 0) {
    Tensor c = node.in(2);
    if (!c.isFloat())
      throw Refusal("products are of float32 alone");
    if (beta != 1)
      c = emit.scale(c, beta);
    bool isBias =
        !y.isEmpty() && c.rank() == 1 && c.shape() == y.shape().take_back();
    y = isBias ? emit.create<lathe::nn::BiasAddOp>(emit.operand(y),
                                                   emit.operand(c))
               : emit.add(y, c);
  }
  node.out(y);
}

static constexpr Operator rows[] = {
    {"MatMul", "", buildMatMul},
    {"Gemm", "alpha beta broadcast transA transB", buildGemm},
};

llvm::ArrayRef<Operator> lathe::onnx::productOperators() { return rows; }
