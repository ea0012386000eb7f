//===- Window.cpp - Sliding windows over images --------------------------===//

#include "compiler/kernels/Window.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lathe::kernels {

Window::Window(const Node &node, int64_t sizeY, int64_t sizeX)
    : sizeY(static_cast<int>(sizeY)), sizeX(static_cast<int>(sizeX)) {
  std::vector<int64_t> strides = listAttribute(node, "strides", {1, 1});
  std::vector<int64_t> padding = listAttribute(node, "padding", {0, 0, 0, 0});
  std::vector<int64_t> dilations = listAttribute(node, "dilations", {1, 1});
  if (strides[0] < 1 || strides[1] < 1)
    throw NotApplicable(fmt::format("{}: a stride is not positive", node.op));
  if (dilations[0] < 1 || dilations[1] < 1)
    throw NotApplicable(fmt::format("{}: a dilation is not positive", node.op));
  if (*std::min_element(padding.begin(), padding.end()) < 0)
    throw NotApplicable(fmt::format("{}: a padding is negative", node.op));
  strideY = static_cast<int>(strides[0]);
  strideX = static_cast<int>(strides[1]);
  top = static_cast<int>(padding[0]);
  bottom = static_cast<int>(padding[1]);
  left = static_cast<int>(padding[2]);
  right = static_cast<int>(padding[3]);
  dilationY = static_cast<int>(dilations[0]);
  dilationX = static_cast<int>(dilations[1]);
}

RegisterTile chooseTile(const Machine &machine, const TiledSpace &space) {
  int64_t lanes = lanesFor(space.channels, machine.lanes);
  int stepX = space.columnsMultiple, stepY = space.rowsMultiple;
  RegisterTile best = {1, stepX, stepY};
  double bestCycles = std::numeric_limits<double>::max();
  auto tiles = [](int64_t extent, int64_t tile) {
    return (extent + tile - 1) / tile;
  };
  for (int vectors = 1;
       vectors <= space.maxVectors && vectors * lanes <= space.channels;
       ++vectors)
    for (int rows = stepY;
         rows < std::min<int64_t>(space.height, space.maxRows) + stepY;
         rows += stepY)
      for (int columns = stepX; columns < space.width + stepX;
           columns += stepX) {
        bool smallest = vectors == 1 && rows == stepY && columns == stepX;
        if (!smallest && (columns > space.width || rows > space.height))
          continue; // tiles are shifted inwards, so they must fit
        int pixels = ((columns - 1) * space.stepX + space.sizeX) *
                     ((rows - 1) * space.stepY + space.sizeY);
        int accumulators = vectors * pixels;
        // Accumulators, one step's weights and broadcasts live at once.
        int broadcasts = space.sharedBroadcasts ? columns * 4 / 5 : 1;
        bool spills = accumulators + vectors + broadcasts > machine.registers ||
                      pixels > space.maxPixels;
        if (spills && !smallest)
          break;
        // One step of the reduction: the machine's multiply-adds and two loads
        // a cycle, and a chain of additions through each accumulator. The
        // constant is the loop's own share. Of columns that come in multiples,
        // each tap meets one.
        double met = static_cast<double>(pixels) / (stepX * stepY);
        double cycles =
            stepX * stepY *
            (std::max({vectors * met / machine.multiplyAddsPerCycle,
                       (vectors + met) / 2,
                       double(machine.multiplyAddLatency) / (stepX * stepY)}) +
             0.5);
        if (spills)
          cycles *= 2;
        double total = cycles * static_cast<double>(
                                    tiles(space.channels, vectors * lanes) *
                                    tiles(space.width, columns) *
                                    tiles(space.height, rows));
        if (total < bestCycles) {
          bestCycles = total;
          best = {vectors, columns, rows};
        }
      }
  return best;
}

} // namespace lathe::kernels
