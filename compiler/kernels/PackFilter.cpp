//===- PackFilter.cpp - 1x1 filters in the order of their use ------------===//
//
// p[t,c,k] = w[0,0,c,t*K + k]: the weights of K channels of a convolution's
// result lie together.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

void buildPackFilter(Builder &b, const Node &node, int firstResult) {
  Value w = b.operand(node, 0);
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  if (w.rank() != 4 || shape.size() != 3)
    throw NotApplicable("pack_filter takes filters of images");
  auto together = static_cast<int>(shape[2]);
  b.values[firstResult].at = [=](const Index &i) {
    return w.at({i[2] * together + i[0], i[1], 0, 0});
  };
}

Parameters packFilterParameters(const KernelSpec &, const Node &node,
                                const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  // Read and written.
  double microseconds = 2 * double(bytesOf(node.results[0].element)) /
                        machine.memoryBandwidth *
                        static_cast<double>(shape[1] * shape[2]);
  return {{"task_tiles",
           std::min<int64_t>(imagesPerTask(machine, microseconds), shape[0])}};
}

void schedulePackFilter(Builder &b, const Node &node) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  requireAlone(b, node);
  int tiles = static_cast<int>(b.parameter("task_tiles", 1, shape[0]));
  Stage stage(b.out());
  stage.vectorize(vc, lanesFor(shape[2], b.machine.lanes));
  parallelBatch(stage, vn, tiles);
}

} // namespace lathe::kernels
