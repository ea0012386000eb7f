//===- Window.h - Sliding windows over images -------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_WINDOW_H
#define LATHE_COMPILER_KERNELS_WINDOW_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

/// The geometry that convolutions and pooling share. Output position `o` of a
/// dimension sees the input positions `o * stride - before + k * dilation`,
/// 0 <= k < size.
struct Window {
  int sizeY, sizeX;
  int strideY, strideX;
  int top, bottom, left, right; ///< padding
  int dilationY, dilationX;

  /// Reads `strides`, `padding` and `dilations`; the window's size comes from
  /// the caller.
  Window(const Node &node, int64_t sizeY, int64_t sizeX);

  bool padded() const { return top || bottom || left || right; }
};

/// How a convolution's output is cut so that its accumulators stay in
/// registers.
struct RegisterTile {
  int channelVectors; ///< vectors of output channels
  int columns, rows;  ///< of the kernel's output
};

/// What a kernel's output is tiled over, and how many positions of the
/// convolution `count` positions of the output need: (count - 1) * step + size.
/// Both are 1 where nothing follows that slides a window over the convolution.
struct TiledSpace {
  int64_t channels, width, height;
  int stepX = 1, sizeX = 1, stepY = 1, sizeY = 1;
  int columnsMultiple = 1, rowsMultiple = 1;
  int maxRows = 8, maxVectors = 4;
  int maxPixels = 64; ///< of the convolution, in a tile
  /// Unrolled taps share their broadcasts, which then wait in registers.
  bool sharedBroadcasts = false;
};

/// Picks the tile with the fewest estimated cycles over the whole output.
RegisterTile chooseTile(const Machine &machine, const TiledSpace &space);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_WINDOW_H
