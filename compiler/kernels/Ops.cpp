//===- Ops.cpp - The table of all operations -------------------------------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"

namespace lathe::kernels {

static OpFamily elementwise(const char *op,
                            decltype(OpFamily::build) build = buildElementwise) {
  return {op, OpFamily::Elementwise, build, elementwiseDefault, scheduleElementwise};
}

const std::vector<OpFamily> &allOps() {
  static const std::vector<OpFamily> ops = {
      // Anchors.
      {"conv2d", OpFamily::Anchor, buildConv2D, conv2DDefault, scheduleConv2D},
      {"dense", OpFamily::Anchor, buildDense, denseDefault, scheduleDense},
      // Elementwise.
      elementwise("add"),
      elementwise("bias_add"),
      elementwise("increment"),
      elementwise("relu"),
      elementwise("relu_backward"),
      elementwise("scale"),
  };
  return ops;
}

const Node *followingPool(const KernelSpec &spec) {
  for (const Node &node : spec.nodes)
    if (node.op == "max_pool2d" || node.op == "max_pool2d_argmax")
      return &node;
  return nullptr;
}

} // namespace lathe::kernels
