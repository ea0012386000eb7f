//===- Strategies.cpp - The ways to compute an operation ------------------===//

#include "compiler/kernels/Convolution.h"

#include <algorithm>

namespace lathe::kernels {

namespace {
/// The defaults of an operation's other strategies; some may not apply.
struct Alternatives {
  const char *op;
  std::vector<Schedule> (*defaults)(const KernelSpec &spec, const Node &node,
                                    const Machine &machine);
};

const Alternatives alternatives[] = {
    {"dense",
     [](const KernelSpec &spec, const Node &node, const Machine &machine) {
       const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
       std::vector schedules = {
           gemmDefault(machine, w.at(1), w.at(0), spec.batch),
           blockedDenseDefault(machine, w.at(1), w.at(0))};
       if (auto sliced = slicedDenseDefault(machine, w.at(1), w.at(0)))
         schedules.push_back(*sliced);
       return schedules;
     }},
    {"dense_backward_data",
     [](const KernelSpec &spec, const Node &node, const Machine &machine) {
       const std::vector<int64_t> &w = typeOf(spec, node.operands.at(1)).shape;
       std::vector schedules = {
           gemmDenseBackwardDataDefault(spec, node, machine)};
       if (auto dot = dotDenseDefault(machine, w.at(0), w.at(1)))
         schedules.push_back(*dot);
       return schedules;
     }},
    {"conv2d",
     [](const KernelSpec &spec, const Node &node, const Machine &machine) {
       return std::vector{directConv2DDefault(spec, node, machine),
                          blockedConvolutionDefault(spec, node, machine)};
     }},
    {"conv2d_backward_data",
     [](const KernelSpec &spec, const Node &node, const Machine &machine) {
       return std::vector{directConv2DBackwardDataDefault(spec, node, machine),
                          blockedConvolutionDefault(spec, node, machine)};
     }},
    {"conv2d_backward_weights",
     [](const KernelSpec &spec, const Node &node, const Machine &machine) {
       std::vector schedules = {
           tiledBackwardWeightsDefault(spec, node, machine)};
       if (auto winograd = winogradBackwardWeightsDefault(spec, node, machine))
         schedules.push_back(*winograd);
       return schedules;
     }},
};
} // namespace

std::vector<Schedule> strategySchedules(const KernelSpec &spec,
                                        const Machine &machine) {
  std::vector<Schedule> schedules = {defaultSchedule(spec, machine)};
  auto add = [&](const Schedule &schedule) {
    bool known =
        std::any_of(schedules.begin(), schedules.end(), [&](const Schedule &s) {
          return s.strategy == schedule.strategy;
        });
    if (!known && refusal(spec, schedule, machine).empty())
      schedules.push_back(schedule);
  };
  try {
    const Node &node = leadingNode(spec);
    for (const Alternatives &row : alternatives)
      if (node.op == row.op)
        for (const Schedule &schedule : row.defaults(spec, node, machine))
          add(schedule);
  } catch (const NotApplicable &) {
    // A kernel that none of them computes has its default alone.
  }
  return schedules;
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

namespace {
double elements(const TensorType &type, int64_t n) {
  double product = 1;
  for (int64_t extent : type.shape)
    product *= static_cast<double>(extent == dynamicBatch ? n : extent);
  return product;
}

/// Each row's work: elements of one tensor times an extent of another.
struct Work {
  const char *op;
  double (*multiplyAdds)(const KernelSpec &spec, const Node &node, int64_t n);
};

double convolutionWork(const KernelSpec &spec, const Node &node, int64_t n) {
  return convolutionOf(spec, node).multiplyAdds() * static_cast<double>(n);
}

/// A product with a matrix that is the operand of that number.
template <int matrix>
double denseWork(const KernelSpec &spec, const Node &node, int64_t n) {
  const TensorType &w =
      matrix < 0 ? node.results.at(0) : typeOf(spec, node.operands.at(matrix));
  return elements(w, n) * static_cast<double>(n);
}

const Work work[] = {
    {"conv2d", convolutionWork},
    {"conv2d_backward_data", convolutionWork},
    {"conv2d_backward_weights", convolutionWork},
    {"dense", denseWork<1>},
    {"dense_backward_data", denseWork<1>},
    {"dense_backward_weights", denseWork<-1>},
    {"matmul",
     [](const KernelSpec &spec, const Node &node, int64_t n) {
       const std::vector<int64_t> &a = typeOf(spec, node.operands.at(0)).shape;
       bool transposed = intAttribute(node, "transpose_a", 0) != 0;
       int64_t depth = a.at(a.size() - (transposed ? 2 : 1));
       return elements(node.results.at(0), n) * static_cast<double>(depth);
     }},
    {"packed_conv2d",
     [](const KernelSpec &spec, const Node &node, int64_t n) {
       int64_t channels = typeOf(spec, node.operands.at(1)).shape.at(1);
       return elements(node.results.at(0), n) * static_cast<double>(channels);
     }},
    {"winograd_conv2d",
     [](const KernelSpec &spec, const Node &node, int64_t n) {
       int64_t channels = typeOf(spec, node.operands.at(1)).shape.at(1);
       return elements(node.results.at(0), n) * 9 *
              static_cast<double>(channels);
     }},
};
} // namespace

double multiplyAdds(const KernelSpec &spec, int64_t n) {
  try {
    const Node &node = leadingNode(spec);
    for (const Work &row : work)
      if (node.op == row.op)
        return row.multiplyAdds(spec, node, n);
  } catch (const std::exception &) {
    // A kernel that cannot be built does no work.
  }
  return 0;
}

std::optional<KernelSpec> anchorAlone(const KernelSpec &spec) {
  try {
    const Node &node = leadingNode(spec);
    if (spec.nodes.size() == 1 || followingPool(spec) ||
        findOp(node.op)->role != OpFamily::Anchor)
      return std::nullopt;
    KernelSpec alone;
    alone.name = spec.name;
    alone.batch = spec.batch;
    alone.nodes = {node};
    int count = 0;
    for (int &operand : alone.nodes[0].operands) {
      alone.inputs.push_back(typeOf(spec, operand));
      operand = count++;
    }
    for (size_t i = 0; i < node.results.size(); ++i)
      alone.results.push_back(count++);
    return alone;
  } catch (const std::exception &) {
    return std::nullopt; // a kernel that cannot be built
  }
}

} // namespace lathe::kernels
