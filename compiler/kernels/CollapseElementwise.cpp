//===- CollapseElementwise.cpp - Elementwise kernels of low rank ---------===//
//
// An equal kernel with fewer dimensions. Neighbouring dimensions become one
// where every tensor either has both of them or repeats along both:
//   [n,7,7,64] + [n,1,1,64]  =>  [n,49,64] + [n,1,64]
//   [n,7,7,64] + [n,7,7,64]  =>  [n,3136] + [n,3136]
// The batch stays the outermost dimension.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"

#include <algorithm>

namespace lathe::kernels {

namespace {
using Shape = std::vector<int64_t>;

/// Extent of dimension `d` of `rank` dimensions, to which the shape's own are
/// aligned at the last; 1 where it has none.
int64_t alignedExtent(const Shape &shape, size_t d, size_t rank) {
  size_t missing = rank - shape.size();
  return d < missing ? 1 : shape[d - missing];
}

/// The shape that all the shapes broadcast to.
Shape broadcastShape(const std::vector<Shape *> &shapes) {
  size_t rank = 0;
  for (const Shape *shape : shapes)
    rank = std::max(rank, shape->size());
  Shape full(rank, 1);
  for (const Shape *shape : shapes)
    for (size_t d = 0; d < rank; ++d) {
      int64_t extent = alignedExtent(*shape, d, rank);
      if (extent == 1)
        continue;
      if (full[d] != 1 && full[d] != extent)
        throw NotApplicable("elementwise tensors differ in shape");
      full[d] = extent;
    }
  return full;
}
} // namespace

KernelSpec collapseElementwise(const KernelSpec &original) {
  KernelSpec spec = original;
  std::vector<Shape *> shapes;
  for (TensorType &type : spec.inputs)
    shapes.push_back(&type.shape);
  for (Node &node : spec.nodes) {
    const OpFamily *family = findOp(node.op);
    if (!family ||
        (family->role != OpFamily::Elementwise && !sumsAllElements(node.op)))
      return original;
    for (TensorType &type : node.results)
      shapes.push_back(&type.shape);
  }
  Shape full = broadcastShape(shapes);
  if (full.empty())
    return original;

  // Lists of axes become shapes that repeat along these axes, and back.
  std::vector<std::pair<Node *, Shape>> axes;
  for (Node &node : spec.nodes)
    if (node.attributes.count("shared_axes")) {
      Shape shape = node.results.at(0).shape;
      for (size_t axis : axesAttribute(node, "shared_axes", shape.size()))
        shape[axis] = 1;
      axes.emplace_back(&node, shape);
    }
  for (auto &[node, shape] : axes)
    shapes.push_back(&shape);

  // Runs of dimensions: [first, last).
  std::vector<std::pair<size_t, size_t>> runs;
  auto repeats = [&](const Shape &shape, size_t d) {
    return alignedExtent(shape, d, full.size()) == 1;
  };
  for (size_t d = 0; d < full.size(); ++d) {
    if (full[d] == 1)
      continue;
    bool joins =
        !runs.empty() && full[runs.back().first] != dynamicBatch &&
        std::all_of(shapes.begin(), shapes.end(), [&](Shape *shape) {
          return repeats(*shape, runs.back().first) == repeats(*shape, d);
        });
    if (joins)
      runs.back().second = d + 1;
    else
      runs.emplace_back(d, d + 1);
  }

  for (Shape *shape : shapes) {
    if (shape->empty())
      continue;
    Shape collapsed;
    for (auto [first, last] : runs) {
      int64_t extent = repeats(*shape, first) ? 1 : full[first];
      for (size_t d = first + 1; d < last && extent != 1; ++d)
        extent *= full[d];
      if (extent != 1 || !collapsed.empty())
        collapsed.push_back(extent);
    }
    *shape = collapsed.empty() ? Shape{1} : collapsed;
  }
  for (auto &[node, shape] : axes) {
    const Shape &result = node->results[0].shape;
    Shape shared;
    for (size_t d = 0; d < result.size(); ++d)
      if (alignedExtent(shape, d, result.size()) == 1 && result[d] != 1)
        shared.push_back(static_cast<int64_t>(d));
    node->attributes["shared_axes"] = shared;
  }
  return spec;
}

} // namespace lathe::kernels
