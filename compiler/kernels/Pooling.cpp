//===- Pooling.cpp - Max pooling and its gradient ------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Unrolling.h"
#include "compiler/kernels/WindowReduction.h"
#include "compiler/kernels/strategies/Strategies.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

// A pooling operation that leads its kernel and has a large window is a
// reduction; all others are expressions that an anchor's nest can hold.
static bool isReduction(const KernelSpec &spec, const Node &node, Taps taps) {
  int count = taps.columns * taps.rows;
  if (&leadingNode(spec) == &node)
    return count > 16;
  if (count > 256)
    throw NotApplicable(fmt::format(
        "{}: a window too large for a kernel with another anchor", node.op));
  return false;
}

static Taps tapsOf(const Node &node) {
  Window window = poolWindow(node);
  return node.op == "max_pool2d_backward" ? windowsOver(window)
                                          : Taps{window.sizeX, window.sizeY};
}

//===----------------------------------------------------------------------===//
// max_pool2d, max_pool2d_argmax
//===----------------------------------------------------------------------===//

/// An element of a channel of images without what is added to all of its
/// channel: Halide adds that to the largest alone, where its NaN comes out.
static Expr withoutAddend(const Expr &element) {
  const Internal::Add *sum = element.as<Internal::Add>();
  bool shared = sum && !Internal::expr_uses_var(sum->b, vx.name()) &&
                !Internal::expr_uses_var(sum->b, vy.name()) &&
                !Internal::expr_uses_var(sum->b, vn.name());
  return shared ? sum->a : element;
}

void buildMaxPool2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  checkImage(node, x);
  Window window = poolWindow(node);
  int width = static_cast<int>(x.size(1)), height = static_cast<int>(x.size(2));
  if (isReduction(b.spec, node, tapsOf(node))) {
    RDom r(0, window.sizeX, 0, window.sizeY);
    Expr column = vx * window.strideX + (r.x - window.left);
    Expr row = vy * window.strideY + (r.y - window.top);
    if (window.padded())
      r.where(column >= 0 && column < width && row >= 0 && row < height);
    Func best("best");
    best(vc, vx, vy, vn) = Tuple(Float(32).min(), cast<int32_t>(0));
    Expr element = x.at({vc, column, row, vn}),
         before = best(vc, vx, vy, vn)[0];
    best(vc, vx, vy, vn) =
        Tuple(ieeeMax(before, element),
              select(element > before, r.y * window.sizeX + r.x,
                     best(vc, vx, vy, vn)[1]));
    b.anchor = best;
    b.domain = r;
    for (size_t k = 0; k < node.results.size(); ++k)
      b.values[firstResult + k].at = [best, k](const Index &i) {
        return Expr(best(i)[static_cast<int>(k)]);
      };
    return;
  }
  // An anchor's accumulators exist outside the image too, and their indices
  // must stay constant within a tile; memory is read inside only.
  bool clamps = !b.anchor.defined();
  auto best = [=](const Index &i) -> std::pair<Expr, Expr> {
    Expr largest, position, nan = Internal::const_false();
    std::vector<Expr> elements;
    for (int ky = 0; ky < window.sizeY; ++ky)
      for (int kx = 0; kx < window.sizeX; ++kx) {
        Expr column = i[1] * window.strideX + (kx - window.left);
        Expr row = i[2] * window.strideY + (ky - window.top);
        Expr element;
        if (window.padded()) {
          Expr inside =
              column >= 0 && column < width && row >= 0 && row < height;
          if (clamps) {
            column = clamp(column, 0, width - 1);
            row = clamp(row, 0, height - 1);
          }
          element = x.at({i[0], column, row, i[3]});
          elements.push_back(withoutAddend(element));
          element = select(likely(inside), element, Float(32).min());
          elements.back() = select(likely(inside), elements.back(), 0.0f);
        } else {
          element = x.at({i[0], column, row, i[3]});
          elements.push_back(withoutAddend(element));
        }
        if (!largest.defined()) {
          largest = element;
          position = cast<int32_t>(0);
          continue;
        }
        position = select(element > largest, ky * window.sizeX + kx, position);
        largest = max(largest, element);
      }
    // One comparison finds the NaN of two elements.
    for (size_t k = 0; k < elements.size(); k += 2)
      nan = nan || unordered(elements[k],
                             elements[std::min(k + 1, elements.size() - 1)]);
    return {select(nan, reinterpret<float>(Expr(0x7fc00000)), largest),
            position};
  };
  b.values[firstResult].at = [best](const Index &i) { return best(i).first; };
  if (node.results.size() > 1)
    b.values[firstResult + 1].at = [best](const Index &i) {
      return best(i).second; // in fewer bits where it is written out
    };
}

//===----------------------------------------------------------------------===//
// max_pool2d_backward: each element of the image gathers from the windows that
// it lies in, so that overlapping windows need no order.
//===----------------------------------------------------------------------===//

void buildMaxPool2DBackward(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), argmax = b.operand(node, 1);
  checkImage(node, dy);
  checkImage(node, argmax);
  Window window = poolWindow(node);
  Taps taps = tapsOf(node);
  auto won = [=](const Index &at, const WindowOver &over) {
    return cast<int32_t>(argmax.at(at)) == over.ky * window.sizeX + over.kx;
  };
  if (isReduction(b.spec, node, taps)) {
    RDom r(0, taps.columns, 0, taps.rows);
    WindowOver over = windowOver(window, dy, vx, vy, r.x, r.y);
    r.where(over.inside);
    Index source = {vc, over.column, over.row, vn};
    Func sum("sum");
    sum(vc, vx, vy, vn) = 0.0f;
    sum(vc, vx, vy, vn) += select(won(source, over), dy.at(source), 0.0f);
    b.anchor = sum;
    b.domain = r;
    b.values[firstResult].at = [=](const Index &i) { return Expr(sum(i)); };
    return;
  }
  int width = static_cast<int>(dy.size(1)),
      height = static_cast<int>(dy.size(2));
  b.values[firstResult].at = [=](const Index &i) {
    Expr sum;
    for (int rowBack = 0; rowBack < taps.rows; ++rowBack)
      for (int columnBack = 0; columnBack < taps.columns; ++columnBack) {
        WindowOver over =
            windowOver(window, dy, i[1], i[2], columnBack, rowBack);
        Index source = {i[0], clamp(over.column, 0, width - 1),
                        clamp(over.row, 0, height - 1), i[3]};
        Expr term =
            select(likely(over.inside),
                   select(won(source, over), dy.at(source), 0.0f), 0.0f);
        sum = sum.defined() ? sum + term : term;
      }
    return sum;
  };
}

//===----------------------------------------------------------------------===//
// Schedule, for pooling without an anchor
//===----------------------------------------------------------------------===//

namespace {
/// Elements of the larger image.
int64_t pooledElements(const KernelSpec &spec, const Node &node) {
  return elementsPerSample(node.op == "max_pool2d_backward"
                               ? node.results.at(0)
                               : typeOf(spec, node.operands.at(0)));
}

class LargeWindows final : public Strategy {
public:
  LargeWindows() : Strategy("windows", "for large windows") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override {
    Taps taps = tapsOf(node);
    if (!isReduction(spec, node, taps))
      return std::nullopt;
    return windowsParameters(spec, machine, taps, pooledElements(spec, node));
  }
  void schedule(Builder &b, const Node &node) const override {
    if (!b.anchor.defined())
      throw NotApplicable("'windows' takes large windows");
    scheduleWindows(b, node);
  }
};

class SmallWindows final : public Strategy {
public:
  SmallWindows() : Strategy("pooling", "for small windows") {}
  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override;
  void schedule(Builder &b, const Node &node) const override;
};
} // namespace

std::optional<Parameters> SmallWindows::defaults(const KernelSpec &spec,
                                                 const Node &node,
                                                 const Machine &machine) const {
  if (isReduction(spec, node, tapsOf(node)))
    return std::nullopt;
  const TensorType &out = typeOf(spec, spec.results.at(0));
  // About five bytes for each element of the larger image.
  double microseconds = 5 / machine.memoryBandwidth *
                        static_cast<double>(pooledElements(spec, node));
  std::vector<int64_t> strides = listAttribute(node, "strides", {1, 1});
  // Each of the columns lies in the windows as the one a stride further.
  bool unrolls =
      node.op == "max_pool2d_backward" && strides[1] <= longestUnrolled;
  int64_t columns = unrolls ? std::min(strides[1], out.shape.at(2)) : 1;
  return Parameters{
      {"columns", columns},
      {"task_images", imagesPerTask(machine, microseconds)},
      {"task_rows", rowsPerTask(machine, out.shape.at(1), microseconds)}};
}

void SmallWindows::schedule(Builder &b, const Node &) const {
  if (b.anchor.defined())
    throw NotApplicable("'pooling' takes small windows");
  const TensorType &type = b.resultType();
  if (b.outputs.size() > 1 || type.shape.size() != 4)
    throw NotApplicable(
        "the results of a pooling kernel must be images of one shape");
  int columns = static_cast<int>(b.parameter("columns", 1, type.shape[2]));
  int64_t images = b.parameter("task_images", 1, 1 << 30);
  int64_t rows = b.parameter("task_rows", 1, type.shape[1]);

  Stage stage(b.out());
  Var xTile("x_tile");
  stage.split(vx, xTile, vx, columns, TailStrategy::ShiftInwards)
      .reorder(vc, vx, xTile, vy, vn)
      .vectorize(vc, lanesFor(type.shape[3], b.machine.lanes),
                 TailStrategy::ShiftInwards)
      .unroll(vx);
  parallelRows(stage, type, images, rows);
}

namespace strategies {
const Strategy &poolLargeWindows() {
  static const LargeWindows strategy;
  return strategy;
}

const Strategy &poolSmallWindows() {
  static const SmallWindows strategy;
  return strategy;
}
} // namespace strategies

} // namespace lathe::kernels
