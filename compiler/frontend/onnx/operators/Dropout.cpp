//===- Dropout.cpp - Dropout ----------------------------------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include <random>

using namespace mlir;
using namespace lathe::onnx;

static bool isTraining(const Node &node) {
  if (node.opset < 7)
    return !node.integer("is_test", 0);
  return node.opset >= 12 && node.has(2) && node.knownNumber(2) != 0;
}

/// 1 where an element stays: as ONNX's reference draws it, numbers of the
/// Mersenne Twister with 53 bits, below the rate or not. It is drawn once, when
/// compiling.
static Tensor drawMask(Node &node, const Tensor &x, double rate) {
  if (x.isBatched())
    throw MixesBatch("one mask is drawn for all samples");
  std::mt19937 random(static_cast<uint32_t>(node.integer("seed", 0)));
  SmallVector<int64_t> kept;
  for (int64_t i = 0; i < x.type().getNumElements(); ++i) {
    double high = random() >> 5, low = random() >> 6;
    kept.push_back((high * 67108864 + low) / 9007199254740992 >= rate);
  }
  return {constantOf(x.type().clone(node.emit.truth()), kept), {}, ""};
}

static double rateOf(const Node &node) {
  return node.opset >= 12 ? (node.has(1) ? node.knownNumber(1) : 0.5)
                          : node.number("ratio", 0.5);
}

/// Whatever mode it was exported in, it drops elements in training alone.
static void buildTrained(Node &node) {
  double rate = rateOf(node);
  if (!node.in(0).isFloat() || !(rate >= 0 && rate < 1))
    throw Refusal("the rate is " + std::to_string(rate));
  if (node.wants(1))
    throw Refusal("the mask of a dropout that is trained is not supported");
  node.out(node.emit.dropout(node.in(0), rate));
}

/// In inference it passes its input on, and its mask is true everywhere.
static void buildDropout(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0), mask;
  if (emit.training) {
    buildTrained(node);
    return;
  }
  double rate = rateOf(node);
  if (isTraining(node) && rate != 0) {
    if (!node.hasAttribute("seed"))
      throw Refusal("dropout in training mode needs a seed");
    if (!x.isFloat() || !(rate > 0 && rate < 1))
      throw Refusal("the rate is " + std::to_string(rate));
    mask = drawMask(node, x, rate);
    node.out(emit.select(mask, emit.scale(x, 1 / (1 - rate)), emit.scalar(0)));
  } else {
    node.out(x);
  }
  if (!node.wants(1))
    return;
  Shape one(x.rank(), 1);
  node.out(mask ? mask
                : emit.broadcast(emit.filled(1, one, emit.truth()), x.shape()),
           1);
}

static constexpr Operator rows[] = {
    {"Dropout", "is_test ratio seed", buildDropout},
};

llvm::ArrayRef<Operator> lathe::onnx::dropoutOperators() { return rows; }
