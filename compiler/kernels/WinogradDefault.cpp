//===- WinogradDefault.cpp - How Winograd's convolutions are cut ---------===//
//
// The default schedule of winograd_conv2d: the group of tiles, and the vectors
// of output channels, with the fewest estimated cycles.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Winograd.h"

#include <algorithm>
#include <limits>

namespace lathe::kernels {

using namespace winograd;

/// Bytes of a task's stack.
int64_t winograd::bytesOnStack(int64_t columns, int64_t rows, int64_t images,
                               int64_t paddedTiles, int64_t channels,
                               int64_t reduced) {
  int64_t pixels = (outTile * columns + 2) * (outTile * rows + 2) * images;
  return accumulatorBytes *
         (paddedTiles * frequencies * (reduced + channels) + pixels * reduced);
}

namespace {
/// How the tiles of an image (or of several) and the vectors of output channels
/// are cut.
struct Cut {
  int64_t vectors, columns, rows, images, inRegisters;

  int64_t tiles() const { return columns * rows * images; }
  int64_t pixels() const {
    return (outTile * columns + 2) * (outTile * rows + 2) * images;
  }
  int64_t paddedTiles() const {
    return count(tiles(), inRegisters) * inRegisters;
  }
};

struct Problem {
  int64_t across, down; ///< tiles of an image
  int64_t inChannels, outVectors, lanes;
  int64_t batch; ///< 0 where it is not known
};

/// Bytes of a task's stack with a block of input channels.
int64_t stackBytes(const Cut &cut, const Problem &p, int64_t block,
                   const Machine &machine) {
  int64_t vector = lanesFor(block, machine.lanes);
  return bytesOnStack(cut.columns, cut.rows, cut.images, cut.paddedTiles(),
                      cut.vectors * p.lanes, count(block, vector) * vector);
}

/// Estimated cycles for each image, input channel and frequency.
double cyclesOf(const Cut &cut, const Problem &p, const Machine &machine) {
  auto vectors = static_cast<double>(cut.vectors);
  auto tiles = static_cast<double>(cut.inRegisters);
  // A multiply-add of each accumulator, and the loop's own share.
  double products = (std::max(vectors * tiles, vectors + tiles) + 0.5) *
                    static_cast<double>(cut.paddedTiles()) / tiles;
  // The weights come from L2 where the task's own fit there, once for all of
  // its tiles.
  bool near =
      accumulatorBytes * frequencies * p.inChannels * cut.vectors * p.lanes <=
      machine.l2;
  double loads = vectors * (near ? 2.5 : 4);
  // For each vector of input channels, a tile's transform takes some 140
  // operations, a pixel is read and written, and a row of them begins.
  double transform =
      static_cast<double>(140 * cut.tiles() + 2 * cut.pixels() +
                          16 * (outTile * cut.rows + 2) * cut.images) /
      (16 * frequencies);
  double task = std::max(products, loads) + transform;
  return task *
         static_cast<double>(count(p.across, cut.columns) *
                             count(p.down, cut.rows) *
                             count(p.outVectors, cut.vectors)) /
         static_cast<double>(cut.images);
}

/// The share of the whole work that the busier of two cores does.
double longerHalf(const Cut &cut, const Problem &p) {
  if (p.batch == 0)
    return 0.5;
  int64_t tasks = count(p.across, cut.columns) * count(p.down, cut.rows) *
                  count(p.outVectors, cut.vectors) * count(p.batch, cut.images);
  return static_cast<double>((tasks + 1) / 2) / static_cast<double>(tasks);
}

Cut chooseCut(const Machine &machine, const Problem &p) {
  constexpr int64_t mostTiles = 32;
  Cut best{1, 1, 1, 1, 1};
  double bestCycles = std::numeric_limits<double>::max();
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(4, p.outVectors);
       ++vectors) {
    if (p.outVectors % vectors)
      continue; // a tile of channels that is not whole costs as much
    for (int64_t columns = 1; columns <= std::min(p.across, mostTiles);
         ++columns)
      for (int64_t rows = 1; rows <= std::min(p.down, mostTiles / columns);
           ++rows) {
        bool whole = columns == p.across && rows == p.down;
        // A smaller batch pays for all of a task's images.
        int64_t mostImages =
            whole ? std::min<int64_t>(4, mostTiles / (columns * rows)) : 1;
        if (p.batch > 0)
          mostImages = std::min(mostImages, p.batch);
        for (int64_t images = 1; images <= mostImages; ++images) {
          // Accumulators, one step's weights and a broadcast live at once.
          int64_t most = (machine.registers - 1 - vectors) / vectors;
          for (int64_t tiles = 1; tiles <= most; ++tiles) {
            Cut cut{vectors, columns, rows, images, tiles};
            if (tiles > cut.tiles() ||
                stackBytes(cut, p, std::min<int64_t>(p.inChannels, 16),
                           machine) > usualStack)
              continue;
            double cycles = cyclesOf(cut, p, machine) * longerHalf(cut, p);
            if (cycles < bestCycles) {
              bestCycles = cycles;
              best = cut;
            }
          }
        }
      }
  }
  return best;
}

/// Groups that a task computes one after the other, and asks for the next one's
/// image meanwhile.
struct Sequence {
  int64_t rows = 1, images = 1;
};

/// Images of few channels are read and written in no less time than it takes to
/// compute them: groups are rows of tiles then, and a task takes whole images,
/// as many as leave two tasks for each core.
Sequence readAhead(Cut &cut, const Problem &p, int64_t sampleBytes,
                   const Machine &machine) {
  constexpr int64_t leastTiles = 49;
  int64_t tasks = 2 * machine.cores;
  int64_t most = (machine.registers - 1 - cut.vectors) / cut.vectors;
  Cut rows{cut.vectors, p.across, 1, 1, std::min(p.across, most)};
  if (p.batch < tasks || p.across * p.down < leastTiles ||
      sampleBytes > nearImage(machine) || cut.vectors < p.outVectors ||
      stackBytes(rows, p, p.inChannels, machine) > usualStack)
    return {};
  cut = rows;
  return {p.down, std::min<int64_t>(p.batch / tasks, 8)};
}
} // namespace

Parameters winograd::parameters(const KernelSpec &spec, const Node &node,
                                const Machine &machine) {
  const std::vector<int64_t> &shape = node.results.at(0).shape;
  int64_t lanes = lanesFor(shape[3], machine.lanes);
  Problem problem{count(shape[2], outTile),
                  count(shape[1], outTile),
                  typeOf(spec, node.operands.at(0)).shape.at(3),
                  shape[3] / lanes,
                  lanes,
                  spec.batch};
  Cut cut = chooseCut(machine, problem);
  int64_t sampleBytes = bytesPerSample(typeOf(spec, node.operands.at(0))) +
                        bytesPerSample(node.results[0]);
  Sequence sequence = readAhead(cut, problem, sampleBytes, machine);
  int64_t block = problem.inChannels;
  while (block > 1 && (problem.inChannels % block ||
                       stackBytes(cut, problem, block, machine) > usualStack))
    --block;
  return {{"channel_vectors", cut.vectors},  {"columns", cut.inRegisters},
          {"tiles_x", cut.columns},          {"tiles_y", cut.rows},
          {"task_images", cut.images},       {"row_groups", sequence.rows},
          {"image_groups", sequence.images}, {"block", block}};
}

} // namespace lathe::kernels
