//===- Attention.cpp - Scaled dot-product attention -----------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace lathe::onnx;

/// [n, l, heads * size] as [n, heads, l, size].
static Tensor splitHeads(Emitter &emit, const Tensor &x, int64_t heads) {
  if (x.rank() == 4)
    return x;
  if (x.rank() != 3 || heads < 1 || x.shape()[2] % heads)
    throw Refusal(std::to_string(heads) + " heads do not divide shape " +
                  describe(x.shape()));
  Shape shape{x.shape()[0], x.shape()[1], heads, x.shape()[2] / heads};
  return emit.transpose(emit.reshape(x, shape), {0, 2, 1, 3});
}

/// Each head of keys or values serves a run of heads of queries.
static Tensor repeatHeads(Emitter &emit, const Tensor &x, int64_t heads) {
  ArrayRef<int64_t> s = x.shape();
  if (s[1] == heads)
    return x;
  if (heads % s[1])
    throw Refusal("the heads of keys do not divide those of queries");
  int64_t times = heads / s[1];
  Tensor apart = emit.reshape(x, {s[0], s[1], 1, s[2] * s[3]});
  Shape repeated{s[0], s[1], times, s[2] * s[3]};
  Shape shape{s[0], heads, s[2], s[3]};
  return emit.reshape(emit.broadcast(apart, repeated), shape);
}

/// What is added to the scores: -infinity where a key does not count.
static Tensor addedMask(Node &node, const Tensor &scores, int64_t past) {
  Emitter &emit = node.emit;
  double infinity = std::numeric_limits<double>::infinity();
  int64_t queries = scores.shape()[2], keys = scores.shape()[3];
  Tensor added;
  if (node.has(3)) {
    added = node.in(3);
    if (added.isTruth())
      added = emit.select(added, emit.scalar(0), emit.scalar(-infinity));
    if (!added.isFloat() || added.rank() < 2)
      throw Refusal("the mask is neither of float32 nor of bool");
    if (int64_t missing = keys - added.shape().back()) {
      // Keys that the mask does not reach do not count.
      if (missing < 0)
        throw Refusal("the mask has more keys than there are");
      Shape low(added.rank()), high(added.rank()), tail(added.rank(), 1);
      high.back() = missing;
      tail.back() = keys;
      SmallVector<double> outside(keys - missing, 0.0);
      outside.append(missing, -infinity);
      added = emit.add(emit.pad(added, low, high), emit.floats(tail, outside));
    }
  }
  if (node.integer("is_causal", 0)) {
    SmallVector<double> triangle;
    for (int64_t q = 0; q < queries; ++q)
      for (int64_t k = 0; k < keys; ++k)
        triangle.push_back(k <= q + past ? 0 : -infinity);
    Tensor causal = emit.floats({queries, keys}, triangle);
    added = added ? emit.add(added, causal) : causal;
  }
  return added;
}

/// A query that may see no key at all gets zeros, as ONNX says since 1.22; the
/// softmax of its scores is 0/0, and is shown as such.
static Tensor clearUnseeing(Emitter &emit, const Tensor &y,
                            const Tensor &mask) {
  double infinity = std::numeric_limits<double>::infinity();
  Tensor best = emit.reduce("maximum", mask, {-1}, /*keepDimensions=*/true);
  Tensor seesNothing = emit.compare("eq", best, emit.scalar(-infinity));
  return emit.select(seesNothing, emit.scalar(0), y);
}

static void buildAttention(Node &node) {
  Emitter &emit = node.emit;
  for (unsigned i = 0; i < 3; ++i)
    if (!node.in(i).isFloat())
      throw Refusal("Attention takes float32 alone");
  if (node.has(6))
    throw Refusal("nonpad_kv_seqlen is not supported");
  int64_t precision = node.integer("softmax_precision", 1);
  if (precision != 1)
    throw Refusal("softmax_precision is not float");
  bool flat = node.in(0).rank() == 3;
  int64_t kvHeads = node.integer("kv_num_heads", 0);
  Tensor q = splitHeads(emit, node.in(0), node.integer("q_num_heads", 0));
  Tensor k = splitHeads(emit, node.in(1), kvHeads);
  Tensor v = splitHeads(emit, node.in(2), kvHeads);
  if (q.rank() != 4 || k.rank() != 4 || v.rank() != 4)
    throw Refusal("queries, keys and values need 3 or 4 dimensions");
  int64_t past = 0;
  if (node.has(4) && node.has(5)) {
    if (node.in(4).rank() != 4 || node.in(5).rank() != 4)
      throw Refusal("past keys and values need 4 dimensions");
    past = node.in(4).shape()[2];
    k = emit.concatenate({node.in(4), k}, 2);
    v = emit.concatenate({node.in(5), v}, 2);
  }
  node.out(k, 1);
  node.out(v, 2);
  int64_t heads = q.shape()[1], size = q.shape()[3];
  k = repeatHeads(emit, k, heads);
  v = repeatHeads(emit, v, heads);

  double scale = node.number("scale", 1 / std::sqrt(double(size)));
  Tensor scores =
      emit.scale(emit.matmul(q, emit.transpose(k, {0, 1, 3, 2})), scale);
  auto show = [&](int64_t mode) {
    if (node.integer("qk_matmul_output_mode", 0) == mode)
      node.out(scores, 3);
  };
  show(0);
  double cap = node.number("softcap", 0);
  if (cap != 0)
    scores =
        emit.scale(emit.activation("tanh", emit.scale(scores, 1 / cap)), cap);
  show(1);
  Tensor mask = addedMask(node, scores, past);
  if (mask)
    scores = emit.add(scores, mask);
  show(2);
  scores = emit.softmax(scores, 3);
  show(3);
  Tensor y = emit.matmul(scores, v);
  if (node.has(3)) // what is only causal sees itself
    y = clearUnseeing(emit, y, mask);
  if (flat) {
    y = emit.transpose(y, {0, 2, 1, 3});
    ArrayRef<int64_t> s = y.shape();
    Shape shape{s[0], s[1], s[2] * s[3]};
    y = emit.reshape(y, shape);
  }
  node.out(y);
}

static constexpr Operator rows[] = {
    {"Attention",
     "is_causal kv_num_heads q_num_heads qk_matmul_output_mode scale softcap "
     "softmax_precision",
     buildAttention},
};

llvm::ArrayRef<Operator> lathe::onnx::attentionOperators() { return rows; }
