//===- Convolution.cpp - What a convolution and its gradients share ------===//

#include "compiler/kernels/Convolution.h"

#include <fmt/format.h>

using namespace Halide;

namespace lathe::kernels {

Convolution convolutionOf(const KernelSpec &spec, const Node &node) {
  const TensorType &first = typeOf(spec, node.operands.at(0));
  const TensorType &second = typeOf(spec, node.operands.at(1));
  TensorType result = node.results.at(0);
  if (slicesOf(node) && !result.shape.empty())
    result.shape.erase(result.shape.begin());
  if (first.shape.size() != 4 || second.shape.size() != 4 ||
      result.shape.size() != 4)
    throw NotApplicable(
        fmt::format("{} takes images and filters of rank 4", node.op));
  bool data = node.op == "conv2d_backward_data";
  bool weights = node.op == "conv2d_backward_weights";
  const std::vector<int64_t> &x = (data ? result : first).shape;
  const std::vector<int64_t> &w = (weights ? result : second).shape;
  const std::vector<int64_t> &y = (data      ? first
                                   : weights ? second
                                             : result)
                                      .shape;
  auto narrow = [](int64_t size) { return static_cast<int>(size); };
  Convolution s{narrow(x[1]),
                narrow(x[2]),
                narrow(x[3]),
                narrow(y[1]),
                narrow(y[2]),
                narrow(y[3]),
                narrow(intAttribute(node, "groups", 1)),
                Window(node, w[0], w[1])};
  if (s.groups < 1 || s.inChannels % s.groups || s.outChannels % s.groups ||
      w[2] != s.inPerGroup() || w[3] != y[3])
    throw NotApplicable(
        fmt::format("{}: a filter of {} by {} channels for images of {} and {} "
                    "channels in {} groups",
                    node.op, w[2], w[3], x[3], y[3], s.groups));
  return s;
}

int64_t slicesOf(const Node &node) { return intAttribute(node, "slices", 0); }

int addedSlices(const Builder &b, const Node &node) {
  return static_cast<int>(b.parameter("slices", 1, slicesOf(node) ? 1 : 64));
}

FilterVariables::FilterVariables(const Node &node) : co(vc), ci(vx), kx(vy) {
  std::vector<Var> variables = variablesOf(slicesOf(node) ? 5 : 4);
  ky = variables[3];
  if (slicesOf(node))
    slice = variables[4];
}

static bool oneRowAtATime(const Builder &b) {
  return b.chosen.parameters.count("rows") && b.parameter("rows", 1, 64) == 1;
}

Expr seenElement(Builder &b, const Convolution &s, const Value &x,
                 const Expr &channel, const Expr &tapX, const Expr &tapY,
                 RDom &r) {
  const Window &window = s.window;
  // Tiles may compute positions outside the output (a padded pooling window
  // does); these read inside the image all the same.
  const Node *pool = followingPool(b.spec);
  bool padsX =
      window.left || window.right || (pool && Window(*pool, 1, 1).padded());
  bool padsY =
      window.top || window.bottom || (pool && Window(*pool, 1, 1).padded());
  Expr column = vx * window.strideX + tapX * window.dilationX - window.left;
  Expr row = vy * window.strideY + tapY * window.dilationY - window.top;
  // One row at a time, the loop over the window's rows stops at the border;
  // several rows at a time, each element asks.
  bool rowLoop = padsY && oneRowAtATime(b) && !pool;
  if (rowLoop)
    r.where(row >= 0 && row < s.height);
  Expr inside;
  auto require = [&](const Expr &condition) {
    inside = inside.defined() ? inside && condition : condition;
  };
  if (padsX) {
    require(likely(column >= 0 && column < s.width));
    column = clamp(column, 0, s.width - 1);
  }
  if (padsY && !rowLoop)
    require(likely(row >= 0 && row < s.height));
  if (padsY)
    row = clamp(row, 0, s.height - 1);
  Expr element = x.at({channel, column, row, vn});
  return inside.defined() ? select(inside, element, 0.0f) : element;
}

Expr seeingElement(Builder &b, const Convolution &s, const Value &dy,
                   const Expr &channel, const Expr &tapX, const Expr &tapY,
                   RDom &r) {
  const Window &window = s.window;
  Expr x = vx + window.left - tapX * window.dilationX;
  Expr y = vy + window.top - tapY * window.dilationY;
  auto within = [](const Expr &position, int stride, int extent) {
    Expr inside = position >= 0 && position / stride < extent;
    return stride == 1 ? inside : inside && position % stride == 0;
  };
  Expr inside = likely(within(x, window.strideX, s.outWidth));
  if (oneRowAtATime(b))
    r.where(within(y, window.strideY, s.outHeight));
  else
    inside = inside && likely(within(y, window.strideY, s.outHeight));
  Index source = {channel, clamp(x / window.strideX, 0, s.outWidth - 1),
                  clamp(y / window.strideY, 0, s.outHeight - 1), vn};
  return select(inside, dy.at(source), 0.0f);
}

void requireImages(const Builder &b, const Node *exactly) {
  const std::vector<int64_t> &shape = b.resultType().shape;
  if (b.outputs.size() > 1 ||
      (exactly ? shape != exactly->results.at(0).shape : shape.size() != 4))
    throw NotApplicable(
        "the results of a convolution's kernel must be images of one shape");
}

void requireStack(int64_t bytes) {
  if (bytes > stackLimit)
    throw NotApplicable(fmt::format(
        "a task takes {} bytes of its stack, more than {}", bytes, stackLimit));
}

} // namespace lathe::kernels
