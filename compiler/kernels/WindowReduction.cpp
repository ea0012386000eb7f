//===- WindowReduction.cpp - Sums and maxima over windows ----------------===//

#include "compiler/kernels/WindowReduction.h"
#include "compiler/kernels/Families.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

Window poolWindow(const Node &node) {
  std::vector<int64_t> size = listAttribute(node, "pool_size", {2, 2});
  if (size[0] < 1 || size[1] < 1)
    throw NotApplicable(
        fmt::format("{}: a window of {}x{}", node.op, size[0], size[1]));
  return Window(node, size[0], size[1]);
}

Taps windowsOver(const Window &window) {
  return {(window.sizeX - 1) / window.strideX + 1,
          (window.sizeY - 1) / window.strideY + 1};
}

WindowOver windowOver(const Window &window, const Value &windows, const Expr &x,
                      const Expr &y, const Expr &columnBack,
                      const Expr &rowBack) {
  Expr fromLeft = x + window.left, fromTop = y + window.top;
  WindowOver over;
  over.column = fromLeft / window.strideX - columnBack;
  over.row = fromTop / window.strideY - rowBack;
  over.kx = fromLeft - over.column * window.strideX;
  over.ky = fromTop - over.row * window.strideY;
  over.inside = over.column >= 0 &&
                over.column < static_cast<int>(windows.size(1)) &&
                over.row >= 0 && over.row < static_cast<int>(windows.size(2));
  if (window.sizeX % window.strideX || window.sizeY % window.strideY)
    over.inside =
        over.inside && over.kx < window.sizeX && over.ky < window.sizeY;
  return over;
}

void checkImage(const Node &node, const Value &value) {
  if (value.rank() != 4)
    throw NotApplicable(fmt::format("{} takes images", node.op));
}

int64_t rowsPerTask(const Machine &machine, int64_t rows,
                    double microsecondsPerImage) {
  if (microsecondsPerImage <= 2 * machine.taskMicroseconds)
    return rows;
  double share = machine.taskMicroseconds / microsecondsPerImage;
  return std::min(rows,
                  static_cast<int64_t>(static_cast<double>(rows) * share) + 1);
}

void parallelRows(Stage stage, const TensorType &type, int64_t images,
                  int64_t rows) {
  if (rows >= type.shape[1]) {
    parallelBatch(stage, vn, images);
    return;
  }
  Var strip("strip"), task("task");
  stage.split(vy, strip, vy, static_cast<int>(rows), TailStrategy::ShiftInwards)
      .fuse(strip, vn, task)
      .parallel(task);
}

Parameters windowsParameters(const KernelSpec &spec, const Machine &machine,
                             Taps taps, int64_t elements) {
  const TensorType &out = typeOf(spec, spec.results.at(0));
  if (out.shape.size() != 4)
    throw NotApplicable("a reduction over windows makes images");
  int64_t channels = out.shape[3];
  int64_t lanes = lanesFor(channels, machine.lanes);
  int64_t vectors = std::min<int64_t>(4, channels / lanes);
  // About five bytes for each element of the larger image; or three cycles
  // for each tap's position and half as many for each of its vectors.
  double pixels = static_cast<double>(out.shape[1] * out.shape[2]);
  double perTap = 1 + 0.5 * static_cast<double>((channels - 1) / lanes + 1);
  double microseconds =
      std::max(5 / machine.memoryBandwidth * static_cast<double>(elements),
               machine.cycles(3) * pixels * taps.columns * taps.rows * perTap);
  return {{"channel_vectors", vectors},
          {"task_images", imagesPerTask(machine, microseconds)},
          {"task_rows", rowsPerTask(machine, out.shape[1], microseconds)},
          {"unroll", taps.columns * taps.rows <= 9}};
}

void scheduleWindows(Builder &b, const Node &) {
  const TensorType &type = b.resultType();
  if (b.outputs.size() > 1 || type.shape.size() != 4)
    throw NotApplicable("the results of a reduction over windows must be "
                        "images of one shape");
  int lanes = lanesFor(type.shape[3], b.machine.lanes);
  int vectors = static_cast<int>(
      b.parameter("channel_vectors", 1, type.shape[3] / lanes));
  int64_t images = b.parameter("task_images", 1, 1 << 30);
  int64_t rows = b.parameter("task_rows", 1, type.shape[1]);
  bool unroll = b.parameter("unroll", 0, 1) != 0;

  Stage stage(b.out());
  Var tile("c_tile");
  stage.split(vc, tile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .reorder(vc, tile, vx, vy, vn)
      .vectorize(vc, lanes)
      .unroll(vc);
  parallelRows(stage, type, images, rows);

  b.anchor.compute_at(b.out(), tile)
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(vx, 1)
      .bound_extent(vy, 1)
      .bound_extent(vn, 1);
  Stage(b.anchor).vectorize(vc, lanes).unroll(vc);
  Stage update = b.anchor.update();
  update.reorder({vc, b.domain.x, b.domain.y, vx, vy, vn})
      .vectorize(vc, lanes)
      .unroll(vc);
  if (unroll)
    update.unroll(b.domain.x).unroll(b.domain.y);
}

} // namespace lathe::kernels
