//===- Pooling.cpp - Max pooling and its gradient ------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Window.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static Window poolWindow(const Node &node) {
  std::vector<int64_t> size = listAttribute(node, "pool_size", {2, 2});
  // A position within the window is stored in eight bits.
  if (size[0] < 1 || size[1] < 1 || size[0] * size[1] > 256)
    throw NotApplicable(
        fmt::format("{}: a window of {}x{}", node.op, size[0], size[1]));
  return Window(node, size[0], size[1]);
}

//===----------------------------------------------------------------------===//
// max_pool2d, max_pool2d_argmax
//===----------------------------------------------------------------------===//

void buildMaxPool2D(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0);
  if (x.rank() != 4)
    throw NotApplicable("pooling takes images");
  Window window = poolWindow(node);
  int width = static_cast<int>(x.size(1)), height = static_cast<int>(x.size(2));
  // An anchor's accumulators exist outside the image too, and their indices
  // must stay constant within a tile; memory is read inside only.
  bool clamps = !b.anchor.defined();
  auto best = [=](const Index &i) -> std::pair<Expr, Expr> {
    Expr largest, position;
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
          element = select(likely(inside), x.at({i[0], column, row, i[3]}),
                           Float(32).min());
        } else {
          element = x.at({i[0], column, row, i[3]});
        }
        if (!largest.defined()) {
          largest = element;
          position = cast<int32_t>(0);
          continue;
        }
        position = select(element > largest, ky * window.sizeX + kx, position);
        largest = max(largest, element);
      }
    return {largest, position};
  };
  b.values[firstResult].at = [best](const Index &i) { return best(i).first; };
  if (node.results.size() > 1)
    b.values[firstResult + 1].at = [best](const Index &i) {
      return cast<uint8_t>(best(i).second);
    };
}

//===----------------------------------------------------------------------===//
// max_pool2d_backward: each element of the image gathers from the windows that
// it lies in, so that overlapping windows need no order.
//===----------------------------------------------------------------------===//

void buildMaxPool2DBackward(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0), argmax = b.operand(node, 1);
  if (dy.rank() != 4 || argmax.rank() != 4)
    throw NotApplicable("pooling takes images");
  Window window = poolWindow(node);
  int width = static_cast<int>(dy.size(1)),
      height = static_cast<int>(dy.size(2));
  b.values[firstResult].at = [=](const Index &i) {
    Expr sum;
    for (int rowBack = 0; rowBack * window.strideY < window.sizeY; ++rowBack)
      for (int columnBack = 0; columnBack * window.strideX < window.sizeX;
           ++columnBack) {
        Expr x = i[1] + window.left, y = i[2] + window.top;
        Expr column = x / window.strideX - columnBack,
             row = y / window.strideY - rowBack;
        Expr kx = x - column * window.strideX, ky = y - row * window.strideY;
        Expr inside = column >= 0 && column < width && row >= 0 && row < height;
        if (window.sizeX % window.strideX || window.sizeY % window.strideY)
          inside = inside && kx < window.sizeX && ky < window.sizeY;
        Index source = {i[0], clamp(column, 0, width - 1),
                        clamp(row, 0, height - 1), i[3]};
        Expr won = cast<int32_t>(argmax.at(source)) == ky * window.sizeX + kx;
        Expr term =
            select(likely(inside), select(won, dy.at(source), 0.0f), 0.0f);
        sum = sum.defined() ? sum + term : term;
      }
    return sum;
  };
}

//===----------------------------------------------------------------------===//
// Schedule, for pooling without an anchor
//===----------------------------------------------------------------------===//

Schedule poolingDefault(const KernelSpec &spec, const Node &node,
                        const Machine &) {
  const TensorType &large = node.op == "max_pool2d_backward"
                                ? node.results.at(0)
                                : typeOf(spec, node.operands.at(0));
  const TensorType &out = typeOf(spec, spec.results.at(0));
  // About five bytes for each element of the larger image, at 10 GB/s.
  double microseconds = 5e-4 * static_cast<double>(elementsPerSample(large));
  int64_t rows = out.shape.at(1);
  if (microseconds > 2 * taskMicroseconds)
    rows = static_cast<int64_t>(static_cast<double>(rows) * taskMicroseconds /
                                microseconds) +
           1;
  std::vector<int64_t> strides = listAttribute(node, "strides", {1, 1});
  bool backward = node.op == "max_pool2d_backward";
  return {"pooling",
          {{"columns", backward ? std::min(strides[1], out.shape.at(2)) : 1},
           {"task_images", imagesPerTask(microseconds)},
           {"task_rows", std::min(rows, out.shape.at(1))}}};
}

void schedulePooling(Builder &b, const Node &) {
  if (b.chosen.strategy != "pooling")
    throw NotApplicable("pooling has the strategy 'pooling'");
  const TensorType &type = b.resultType();
  if (b.outputs.size() > 1 || type.shape.size() != 4)
    throw NotApplicable(
        "the results of a pooling kernel must be images of one shape");
  int columns = static_cast<int>(b.parameter("columns", 1, type.shape[2]));
  int images = static_cast<int>(b.parameter("task_images", 1, 1 << 30));
  int rows = static_cast<int>(b.parameter("task_rows", 1, type.shape[1]));

  Stage stage(b.out());
  Var xTile("x_tile"), strip("strip"), task("task");
  stage.split(vx, xTile, vx, columns, TailStrategy::ShiftInwards)
      .reorder(vc, vx, xTile, vy, vn)
      .vectorize(vc, lanesFor(type.shape[3], b.machine.lanes),
                 TailStrategy::ShiftInwards)
      .unroll(vx);
  if (rows < type.shape[1])
    stage.split(vy, strip, vy, rows, TailStrategy::ShiftInwards)
        .fuse(strip, vn, task)
        .parallel(task);
  else
    parallelBatch(stage, vn, images);
}

} // namespace lathe::kernels
