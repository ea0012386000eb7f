//===- RelativeBias.cpp - What attention adds for relative places --------===//

#include "compiler/kernels/RelativeBias.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// An image of positions, and the table with an entry for each difference of
/// two of them.
struct Positions {
  explicit Positions(const Node &node) {
    std::vector<int64_t> size = listAttribute(node, "size", {1, 1});
    height = static_cast<int>(size[0]);
    width = static_cast<int>(size[1]);
  }
  Expr row(const Expr &position) const { return position / width; }
  Expr column(const Expr &position) const { return position % width; }
  int columns() const { return 2 * width - 1; }

  int height, width;
};
} // namespace

void buildRelativeBias(Builder &b, const Node &node, int firstResult) {
  Positions image(node);
  Value table = b.operand(node, 0);
  b.values[firstResult].at = [=](const Index &index) { // j, i, head
    const Expr &j = index[0], &i = index[1];
    Expr rows = image.row(i) - image.row(j) + image.height - 1;
    Expr columns = image.column(i) - image.column(j) + image.width - 1;
    Expr entry = clamp(rows * image.columns() + columns, 0,
                       static_cast<int>(table.size(1)) - 1);
    return table.at({index[2], entry});
  };
}

/// The entry for the difference (r, c) sums over the positions i whose partner
/// i - (r, c) lies in the image.
void buildRelativeBiasBackward(Builder &b, const Node &node, int firstResult) {
  Positions image(node);
  Value dy = b.operand(node, 0);
  RDom r(0, image.width, 0, image.height);
  Expr rows = vn / image.columns() - (image.height - 1);
  Expr columns = vn % image.columns() - (image.width - 1);
  Expr partnerRow = r.y - rows, partnerColumn = r.x - columns;
  r.where(partnerRow >= 0 && partnerRow < image.height && partnerColumn >= 0 &&
          partnerColumn < image.width);
  int last = image.height * image.width - 1;
  Expr i = r.y * image.width + r.x;
  Expr j = clamp(partnerRow * image.width + partnerColumn, 0, last);
  Func sum("sum");
  sum(vc, vn) = 0.0f;
  sum(vc, vn) += forEach(r, dy.at({j, i, vc}));
  b.anchor = sum;
  b.values[firstResult].at = [=](const Index &index) {
    return Expr(sum(index));
  };
}

Parameters relativeBiasParameters(const KernelSpec &, const Node &node,
                                  const Machine &machine) {
  // Three cycles for each element written, or for each element that is summed.
  const TensorType &type = node.results.at(0);
  std::vector<int64_t> size = listAttribute(node, "size", {1, 1});
  bool backward = type.shape.size() == 2;
  double microseconds = machine.cycles(3) *
                        static_cast<double>(elementsPerSample(type)) *
                        static_cast<double>(backward ? size[0] * size[1] : 1);
  int64_t slices = type.shape.front();
  int64_t perTask =
      imagesPerTask(machine, microseconds / static_cast<double>(slices));
  return {{"task_slices", std::min(slices, perTask)}};
}

void scheduleRelativeBias(Builder &b, const Node &) {
  const TensorType &type = b.resultType();
  int64_t slices = b.parameter("task_slices", 1, type.shape.front());

  Var task("task");
  Stage(b.out())
      .split(vn, task, vn, static_cast<int>(slices), TailStrategy::GuardWithIf)
      .parallel(task);
}

} // namespace lathe::kernels
