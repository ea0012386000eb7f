//===- AveragePooling.cpp - Average pooling and its gradient -------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/WindowReduction.h"

using namespace Halide;

namespace lathe::kernels {

namespace {
/// What a window's sum is divided by: its elements inside the image, or all of
/// them with `count_include_pad`.
struct Divisor {
  Window window;
  int width, height; ///< of the image
  bool all;

  Divisor(const Node &node, const Value &image)
      : window(poolWindow(node)), width(static_cast<int>(image.size(1))),
        height(static_cast<int>(image.size(2))),
        all(!window.padded() ||
            intAttribute(node, "count_include_pad", 0) != 0) {}

  /// Its reciprocal, for the window of output position (column, row).
  Expr reciprocal(const Expr &column, const Expr &row) const {
    if (all)
      return 1.0f / static_cast<float>(window.sizeX * window.sizeY);
    auto count = [](const Expr &position, int stride, int before, int size,
                    int extent) {
      Expr begin = position * stride - before;
      return min(begin + size, extent) - max(begin, 0);
    };
    return 1.0f /
           cast<float>(
               count(column, window.strideX, window.left, window.sizeX, width) *
               count(row, window.strideY, window.top, window.sizeY, height));
  }
};
} // namespace

void buildAvgPool2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  checkImage(node, x);
  Divisor divisor(node, x);
  Window window = divisor.window;
  RDom r(0, window.sizeX, 0, window.sizeY);
  Expr column = vx * window.strideX + (r.x - window.left);
  Expr row = vy * window.strideY + (r.y - window.top);
  if (window.padded())
    r.where(column >= 0 && column < divisor.width && row >= 0 &&
            row < divisor.height);
  Func sum("sum");
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) += forEach(r, x.at({vc, column, row, vn}));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [=](const Index &i) {
    return sum(i) * divisor.reciprocal(i[1], i[2]);
  };
}

Parameters avgPool2DParameters(const KernelSpec &spec, const Node &node,
                               const Machine &machine) {
  Window window = poolWindow(node);
  return windowsParameters(
      spec, machine, {window.sizeX, window.sizeY},
      elementsPerSample(typeOf(spec, node.operands.at(0))));
}

// Each element of the image gathers from the windows that it lies in, so that
// overlapping windows need no order.
void buildAvgPool2DBackward(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), dx = b.values[firstResult];
  checkImage(node, dy);
  checkImage(node, dx);
  Divisor divisor(node, dx);
  Taps taps = windowsOver(divisor.window);
  RDom r(0, taps.columns, 0, taps.rows);
  WindowOver over = windowOver(divisor.window, dy, vx, vy, r.x, r.y);
  r.where(over.inside);
  Func sum("sum");
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) +=
      forEach(r, dy.at({vc, over.column, over.row, vn}) *
                     divisor.reciprocal(over.column, over.row));
  b.anchor = sum;
  b.domain = r;
  b.values[firstResult].at = [=](const Index &i) { return Expr(sum(i)); };
}

Parameters avgPool2DBackwardParameters(const KernelSpec &spec, const Node &node,
                                       const Machine &machine) {
  return windowsParameters(spec, machine, windowsOver(poolWindow(node)),
                           elementsPerSample(node.results.at(0)));
}

} // namespace lathe::kernels
