//===- CostModel.cpp - Register tiles by estimate -------------------------===//

#include "compiler/kernels/Convolution.h"

#include <algorithm>

namespace lathe::kernels {

namespace {
int64_t valueOf(const Schedule &schedule, const char *name) {
  auto it = schedule.parameters.find(name);
  return it == schedule.parameters.end() ? 1 : std::max<int64_t>(1, it->second);
}

/// What whole tiles compute of an extent, for each that is asked for.
double excess(int64_t extent, int64_t tile) {
  int64_t computed = (extent + tile - 1) / tile * tile;
  return static_cast<double>(computed) / static_cast<double>(extent);
}

/// Where the tile is one of an image: pixels of the convolution for one of the
/// kernel's output, and what is computed in vain.
struct ImageTile {
  int64_t pixels = 1;
  double waste = 1;
};

ImageTile imageTile(const KernelSpec &spec, const Schedule &schedule) {
  const TensorType &out = typeOf(spec, spec.results.at(0));
  if (out.shape.size() != 4)
    return {};
  TiledSpace space{};
  widenByPool(spec, space);
  int64_t columns = valueOf(schedule, "columns"),
          rows = valueOf(schedule, "rows");
  ImageTile tile;
  tile.pixels = ((columns - 1) * space.stepX + std::max(space.sizeX, 1)) *
                ((rows - 1) * space.stepY + std::max(space.sizeY, 1));
  tile.waste = excess(out.shape[2], columns) * excess(out.shape[1], rows);
  return tile;
}
} // namespace

double scheduleCost(const KernelSpec &spec, const Schedule &schedule,
                    const Machine &machine) try {
  const std::string &strategy = schedule.strategy;
  bool convolution =
      strategy == "direct" || strategy == "blocked" || strategy == "pointwise";
  if (!convolution && strategy != "gemm" && strategy != "outer" &&
      strategy != "product" && strategy != "tiled" && strategy != "winograd")
    return 1;
  int64_t vectors = schedule.parameters.count("channel_vectors")
                        ? valueOf(schedule, "channel_vectors")
                        : valueOf(schedule, "column_vectors");
  int64_t steps = 1;
  double waste = 1;
  if (convolution) {
    ImageTile tile = imageTile(spec, schedule);
    steps = tile.pixels;
    waste = tile.waste;
  } else {
    for (const char *name :
         {"columns", "rows", "in_channels", "window_columns", "window_rows"})
      steps *= valueOf(schedule, name);
  }
  auto accumulators = static_cast<double>(vectors * steps);
  // Multiply-adds, two loads a cycle, and a chain of additions through each
  // accumulator, as in chooseTile().
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
  return cycles / accumulators * waste;
} catch (const std::exception &) {
  return 1;
}

} // namespace lathe::kernels
