//===- Resize.cpp - Images of another height and width -------------------===//
//
// Pixels are squares whose centres are half a pixel in. Row i of `out` lies at
// (i + 1/2) in/out - 1/2 = ((2i+1) in - out) / (2 out) of the rows of `in`; all
// positions are computed in integers, so that the gradient uses the very
// weights of the forward pass.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Movement.h"
#include "compiler/kernels/WindowReduction.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// Rows or columns: `in` of them become `out`.
struct Axis {
  int in, out;
  bool bilinear;

  /// Where position `o` of the result lies, in units of 1/denominator.
  Expr numerator(const Expr &o) const { return max((2 * o + 1) * in - out, 0); }
  int denominator() const { return 2 * out; }

  Expr nearest(const Expr &o) const { return (2 * o + 1) * in / (2 * out); }
  Expr low(const Expr &o) const { return numerator(o) / denominator(); }
  Expr high(const Expr &o) const { return min(low(o) + 1, in - 1); }
  /// The weight of `high`.
  Expr fraction(const Expr &o) const {
    return cast<float>(numerator(o) % denominator()) *
           (1.0f / static_cast<float>(denominator()));
  }
  Expr weight(const Expr &o, const Expr &i) const {
    if (!bilinear)
      return select(nearest(o) == i, 1.0f, 0.0f);
    return select(low(o) == i, 1.0f - fraction(o), 0.0f) +
           select(high(o) == i, fraction(o), 0.0f);
  }

  /// The positions of the result that may read position `i` begin here: nearest
  /// from (2o+1) in/(2 out) >= i, bilinear from ((2o+1) in - out) / (2 out) > i
  /// - 1.
  Expr first(const Expr &i) const {
    return max(bilinear ? ((2 * i - 1) * out - in) / (2 * in) + 1
                        : (2 * i * out + in - 1) / (2 * in),
               0);
  }
  /// The most positions of the result that read one position.
  int taps() const {
    int most = 1;
    for (int i = 0; i < in; ++i) {
      int count = 0;
      for (int o = 0; o < out; ++o) {
        int position = (2 * o + 1) * in - out;
        count += bilinear ? position > (i - 1) * 2 * out &&
                                position < (i + 1) * 2 * out
                          : (2 * o + 1) * in / (2 * out) == i;
      }
      most = std::max(most, count);
    }
    return most;
  }
};

struct Axes {
  Axis x, y;
  Axes(const Node &node, const TensorType &in, const TensorType &out) {
    std::string name = textAttribute(node, "interpolation", "");
    if (name != "nearest" && name != "bilinear")
      throw NotApplicable(
          node.op + ": interpolation is neither 'nearest' nor 'bilinear'");
    if (in.shape.size() != 4 || out.shape.size() != 4)
      throw NotApplicable(node.op + " takes images");
    auto axis = [&](size_t dimension) {
      return Axis{static_cast<int>(in.shape[dimension]),
                  static_cast<int>(out.shape[dimension]), name == "bilinear"};
    };
    y = axis(1);
    x = axis(2);
  }
};
} // namespace

void buildResize(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0);
  Axes axes(node, image.type, node.results.at(0));
  b.values[firstResult].at = [=](const Index &i) {
    auto at = [&](const Expr &column, const Expr &row) {
      return image.at({i[0], column, row, i[3]});
    };
    const auto &[x, y] = axes;
    if (!x.bilinear)
      return at(x.nearest(i[1]), y.nearest(i[2]));
    Expr left = x.low(i[1]), right = x.high(i[1]), along = x.fraction(i[1]);
    Expr top = y.low(i[2]), bottom = y.high(i[2]), down = y.fraction(i[2]);
    auto between = [](const Expr &a, const Expr &b, const Expr &share) {
      return a + (b - a) * share;
    };
    return between(between(at(left, top), at(right, top), along),
                   between(at(left, bottom), at(right, bottom), along), down);
  };
}

void buildResizeBackward(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0);
  Axes axes(node, node.results.at(0), dy.type);
  const auto &[x, y] = axes;
  RDom r(0, x.taps(), 0, y.taps());
  Expr column = x.first(vx) + r.x;
  Expr row = y.first(vy) + r.y;
  r.where(column < x.out && row < y.out);
  Func sum("sum");
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) +=
      forEach(r, dy.at({vc, column, row, vn}) *
                     (x.weight(column, vx) * y.weight(row, vy)));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [=](const Index &i) { return Expr(sum(i)); };
}

Parameters resizeBackwardParameters(const KernelSpec &spec, const Node &node,
                                    const Machine &machine) {
  const TensorType &dy = typeOf(spec, node.operands.at(0)),
                   &dx = node.results.at(0);
  Axes axes(node, dx, dy);
  return windowsParameters(
      spec, machine, {axes.x.taps(), axes.y.taps()},
      std::max(elementsPerSample(dx), elementsPerSample(dy)));
}

} // namespace lathe::kernels
