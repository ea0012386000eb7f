//===- TransposeFilter.cpp - Filters for the gradient of the data --------===//
//
// t[p,q,o,c] = w[sizeY-1-p, sizeX-1-q, c, o]: the gradient of a convolution for
// its data, where it has no strides, convolves with the filter turned by 180
// degrees, its channels exchanged.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Tasks.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

void buildTransposeFilter(Builder &b, const Node &node, int firstResult) {
  Value w = b.operand(node, 0);
  if (w.rank() != 4)
    throw NotApplicable("transpose_filter takes filters of images");
  int lastX = static_cast<int>(w.size(2)) - 1,
      lastY = static_cast<int>(w.size(3)) - 1;
  b.values[firstResult].at = [=](const Index &i) {
    return w.at({i[1], i[0], lastX - i[2], lastY - i[3]});
  };
}

Parameters transposeFilterParameters(const KernelSpec &, const Node &node,
                                     const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  // One and a half cycles for each weight.
  double microseconds = machine.cycles(1.5) * static_cast<double>(shape[3]);
  int64_t taps = shape[0] * shape[1];
  return {{"task_rows",
           std::min(piecesPerTask(machine, shape[2] * taps, microseconds),
                    shape[2])}};
}

void scheduleTransposeFilter(Builder &b, const Node &node) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  requireAlone(b, node);
  int lanes = lanesFor(shape[3], b.machine.lanes);
  int rows = static_cast<int>(b.parameter("task_rows", 1, shape[2]));
  // A line of the filter has the elements of `lanes` rows of the result, which
  // are computed while it is near.
  Var tile("tile"), task("task");
  Stage(b.out())
      .split(vc, tile, vc, lanes, TailStrategy::GuardWithIf)
      .split(vx, task, vx, rows, TailStrategy::GuardWithIf)
      .reorder(vc, vx, tile, vy, task, vn)
      .fuse(task, vn, task)
      .vectorize(vc)
      .parallel(task);
}

} // namespace lathe::kernels
