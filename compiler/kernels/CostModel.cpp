//===- CostModel.cpp - Register tiles by estimate -------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Strategy.h"

#include <algorithm>

namespace lathe::kernels {

int64_t parameterOf(const Schedule &schedule, const char *name) {
  auto it = schedule.parameters.find(name);
  return it == schedule.parameters.end() ? 1 : std::max<int64_t>(1, it->second);
}

double excess(int64_t extent, int64_t tile) {
  int64_t computed = (extent + tile - 1) / tile * tile;
  return static_cast<double>(computed) / static_cast<double>(extent);
}

double registerTileCost(const Machine &machine, int64_t vectors,
                        int64_t steps) {
  auto accumulators = static_cast<double>(vectors * steps);
  double cycles = std::max({accumulators / machine.multiplyAddsPerCycle,
                            static_cast<double>(vectors + steps) / 2,
                            double(machine.multiplyAddLatency)}) +
                  0.5;
  // What does not fit is stored and loaded again at each step; far beyond, not
  // even the compiler copes.
  auto spilled =
      static_cast<double>(vectors * steps + vectors + 1 - machine.registers);
  if (spilled > 0)
    cycles += 2 * spilled * (1 + spilled / machine.registers);
  return cycles / accumulators;
}

double imageTileCost(const KernelSpec &spec, const Schedule &schedule,
                     const Machine &machine) {
  int64_t columns = parameterOf(schedule, "columns"),
          rows = parameterOf(schedule, "rows");
  int64_t pixels = 1;
  double waste = 1;
  const TensorType &out = typeOf(spec, spec.results.at(0));
  if (out.shape.size() == 4) {
    TiledSpace space{};
    widenByPool(spec, space);
    pixels = ((columns - 1) * space.stepX + std::max(space.sizeX, 1)) *
             ((rows - 1) * space.stepY + std::max(space.sizeY, 1));
    waste = excess(out.shape[2], columns) * excess(out.shape[1], rows);
  }
  return registerTileCost(machine, parameterOf(schedule, "channel_vectors"),
                          pixels) *
         waste;
}

double scheduleCost(const KernelSpec &spec, const Schedule &schedule,
                    const Machine &machine, int64_t samples) try {
  const Node &node = leadingNode(spec);
  return strategyOf(node, schedule).cost(spec, schedule, machine, samples);
} catch (const std::exception &) {
  return 1;
}

} // namespace lathe::kernels
