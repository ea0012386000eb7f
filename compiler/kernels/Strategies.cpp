//===- Strategies.cpp - The ways to compute an operation ------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Strategy.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::kernels {

void Strategy::build(Builder &b, const Node &node, int firstResult) const {
  findOp(node.op)->build(b, node, firstResult);
}

const Strategy &preferredStrategy(const KernelSpec &spec, const Node &node,
                                  const Machine &machine) {
  const Strategy *last = nullptr;
  for (const Strategy *strategy : findOp(node.op)->strategies) {
    if (!strategy->defaults(spec, node, machine))
      continue;
    if (strategy->preferred(spec, node, machine))
      return *strategy;
    last = strategy;
  }
  if (!last)
    throw NotApplicable(fmt::format("no strategy of {} applies", node.op));
  return *last;
}

const Strategy &strategyOf(const Node &node, const Schedule &schedule) {
  const std::vector<const Strategy *> &all = findOp(node.op)->strategies;
  std::string names;
  for (const Strategy *strategy : all) {
    if (schedule.strategy == strategy->name)
      return *strategy;
    names +=
        fmt::format("{}'{}'{}{}", names.empty() ? "" : ", ", strategy->name,
                    *strategy->purpose ? " " : "", strategy->purpose);
  }
  throw NotApplicable(fmt::format("{} has no strategy '{}', but {}", node.op,
                                  schedule.strategy, names));
}

std::vector<Schedule> strategySchedules(const KernelSpec &spec,
                                        const Machine &machine) {
  std::vector<Schedule> schedules = {defaultSchedule(spec, machine)};
  try {
    const Node &node = leadingNode(spec);
    for (const Strategy *strategy : findOp(node.op)->strategies) {
      std::optional<Parameters> start = strategy->defaults(spec, node, machine);
      if (!start || strategy->name == schedules[0].strategy)
        continue;
      Schedule schedule{strategy->name, *start};
      if (refusal(spec, schedule, machine).empty())
        schedules.push_back(std::move(schedule));
    }
  } catch (const NotApplicable &) {
    // A kernel that none of them computes has its default alone.
  }
  return schedules;
}

double arithmeticSpeedup(const KernelSpec &spec, const Schedule &schedule) {
  try {
    return strategyOf(leadingNode(spec), schedule).speedup();
  } catch (const NotApplicable &) {
    return 1; // the naive one
  }
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
    {"partial_dense", denseWork<1>},
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
