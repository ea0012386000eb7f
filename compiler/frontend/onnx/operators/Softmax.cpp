//===- Softmax.cpp - Softmax, LogSoftmax, Hardmax -------------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace mlir;
using namespace lathe::onnx;

/// Since opset 13 along one axis; before, along all from `axis` on, as if they
/// were one.
template <typename Function>
static void alongAxis(Node &node, Function function) {
  Tensor x = node.in(0);
  if (!x.isFloat())
    throw Refusal(node.kind().str() + " takes float32 alone");
  bool joined = node.opset < 13;
  int64_t axis =
      Emitter::normalizeAxis(node.integer("axis", joined ? 1 : -1), x.rank());
  if (!joined || axis == x.rank() - 1) {
    node.out(function(x, axis));
    return;
  }
  Shape flat(x.shape().take_front(axis));
  int64_t count = 1;
  for (int64_t extent : x.shape().drop_front(axis)) {
    if (ShapedType::isDynamic(extent))
      throw MixesBatch("softmax is along the batch");
    count *= extent;
  }
  flat.push_back(count);
  node.out(
      node.emit.reshape(function(node.emit.reshape(x, flat), axis), x.shape()));
}

static void buildSoftmax(Node &node) {
  alongAxis(node, [&](const Tensor &x, int64_t axis) {
    return node.emit.softmax(x, axis);
  });
}

static void buildLogSoftmax(Node &node) {
  alongAxis(node, [&](const Tensor &x, int64_t axis) {
    return node.emit.logSoftmax(x, axis);
  });
}

/// 1 where the largest element is, the first of equals.
static void buildHardmax(Node &node) {
  alongAxis(node, [&](const Tensor &x, int64_t axis) {
    Emitter &emit = node.emit;
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < x.shape()[axis]; ++i)
      places.push_back(i);
    Shape shape(x.rank(), 1);
    shape[axis] = x.shape()[axis];
    Tensor winner = emit.arg("maximum", x, axis, /*last=*/false);
    Tensor all = emit.reshape(emit.vector(places), shape);
    return emit.cast(emit.compare("eq", winner, all), emit.f32());
  });
}

static constexpr Operator rows[] = {
    {"Softmax", "axis", buildSoftmax},
    {"LogSoftmax", "axis", buildLogSoftmax},
    {"Hardmax", "axis", buildHardmax},
};

llvm::ArrayRef<Operator> lathe::onnx::softmaxOperators() { return rows; }
