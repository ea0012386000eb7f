//===- Naive.cpp - The plainest way to compute a kernel ------------------===//

#include "compiler/kernels/Naive.h"
#include "compiler/kernels/NaiveSchedule.h"
#include "compiler/kernels/Strategy.h"

#include <algorithm>

namespace lathe::kernels {

/// Anchors whose algorithm needs no schedule: each element is a sum by itself.
static constexpr const char *plainAnchors[] = {
    "avg_pool2d",           "avg_pool2d_backward",     "conv2d",
    "conv2d_backward_data", "conv2d_backward_weights", "dense",
    "dense_backward_data",  "dense_backward_weights",  "matmul",
    "partial_dense",        "resize_backward",
};

/// Other ways to compute what plain anchors do: their vectors are part of the
/// algorithm.
static constexpr const char *vectorAnchors[] = {
    "pack_filter", "packed_conv2d", "transpose_filter", "winograd_conv2d",
    "winograd_filter"};

template <size_t count>
static bool contains(const char *const (&names)[count],
                     const std::string &name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Schedule naiveSchedule(const KernelSpec &spec, const Machine &machine) {
  const Node &leading = leadingNode(spec);
  const OpFamily &family = *findOp(leading.op);
  if (family.role != OpFamily::Anchor || contains(plainAnchors, leading.op))
    return {"naive", {}};
  if (contains(vectorAnchors, leading.op))
    return defaultSchedule(spec, machine);
  Machine scalar = machine;
  scalar.lanes = 1;
  const Strategy &strategy = preferredStrategy(spec, leading, scalar);
  Schedule schedule{strategy.name, *strategy.defaults(spec, leading, scalar)};
  schedule.parameters[lanesParameter] = 1;
  return schedule;
}

} // namespace lathe::kernels
