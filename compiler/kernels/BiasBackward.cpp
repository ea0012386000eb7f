//===- BiasBackward.cpp - Gradient of a bias -----------------------------===//
//
// db[c] = sum of dy[...,c] over all other dimensions. The tree is fixed: over
// one image, over the images of a slice, over the slices. The number of slices
// does not depend on the machine.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

static const Var slice("slice"), image("image");

void buildBiasBackward(Builder &b, const Node &node, int firstResult) {
  Value dy = b.operand(node, 0);
  if (dy.rank() < 2)
    throw NotApplicable("bias_backward takes a tensor of rank 2 or more");
  int slices = static_cast<int>(b.parameter("slices", 1, 64));

  // All dimensions between the channel and the batch.
  Region middle;
  for (size_t i = 1; i + 1 < dy.rank(); ++i)
    middle.push_back({0, static_cast<int>(dy.size(i))});
  Func partial("partial"), total("total");
  partial(vc, image) = 0.0f;
  if (middle.empty()) {
    partial(vc, image) += dy.at({vc, image});
  } else {
    RDom r(middle);
    Index index = {vc};
    for (int i = 0; i < r.dimensions(); ++i)
      index.push_back(r[i]);
    index.push_back(image);
    partial(vc, image) += dy.at(index);
  }

  Expr images = b.extent(dy.size(dy.rank() - 1));
  Expr perSlice = (images + slices - 1) / slices;
  RDom all(0, perSlice);
  Expr number = slice * perSlice + all;
  if (slices > 1)
    all.where(number < images);
  total(vc, slice) = 0.0f;
  total(vc, slice) += partial(vc, slices > 1 ? number : Expr(all));

  b.anchor = total;
  b.helpers = {partial};
  b.values[firstResult].at = [=](const Index &i) {
    Expr sum = total(i[0], 0);
    for (int other = 1; other < slices; ++other)
      sum += total(i[0], other);
    return sum;
  };
}

Schedule biasBackwardDefault(const KernelSpec &spec, const Node &node,
                             const Machine &machine) {
  const TensorType &dy = typeOf(spec, node.operands.at(0));
  int64_t channels = dy.shape.back();
  // 4 bytes each at 10 GB/s; the usual batch is taken to be 32.
  double microseconds = 32 * 4e-4 * static_cast<double>(elementsPerSample(dy));
  int lanes = lanesFor(channels, machine.lanes);
  // Four vectors hide the latency of an addition.
  int64_t vectors = std::min<int64_t>(4, channels / lanes);
  return {"reduction",
          {{"channel_vectors", vectors},
           {"slices", microseconds > 2 * taskMicroseconds ? 8 : 1}}};
}

void scheduleBiasBackward(Builder &b, const Node &node) {
  if (b.chosen.strategy != "reduction")
    throw NotApplicable("bias_backward has the strategy 'reduction'");
  int64_t channels = b.operand(node, 0).size(0);
  int lanes = lanesFor(channels, b.machine.lanes);
  int vectors =
      static_cast<int>(b.parameter("channel_vectors", 1, channels / lanes));
  int slices = static_cast<int>(b.parameter("slices", 1, 64));

  Var tile("tile");
  Func &total = b.anchor, &partial = b.helpers[0];
  Stage(b.out())
      .split(vc, tile, vc, vectors * lanes, TailStrategy::ShiftInwards)
      .vectorize(vc, lanes)
      .unroll(vc);
  total.compute_at(b.out(), tile).store_in(scratch).bound_extent(slice, slices);
  Stage(total).reorder(vc, slice).vectorize(vc, lanes).unroll(vc);
  Stage sum = total.update();
  sum.reorder({vc, total.rvars()[0], slice}).vectorize(vc, lanes).unroll(vc);
  if (slices > 1) {
    Stage(total).parallel(slice);
    sum.parallel(slice);
  }
  partial.compute_at(total, total.rvars()[0])
      .store_in(scratch)
      .bound_extent(vc, vectors * lanes)
      .bound_extent(image, 1);
  Stage(partial).vectorize(vc, lanes).unroll(vc);
  std::vector<VarOrRVar> order = {vc};
  for (const RVar &r : partial.rvars())
    order.push_back(r);
  order.push_back(image);
  partial.update().reorder(order).vectorize(vc, lanes).unroll(vc);
}

} // namespace lathe::kernels
