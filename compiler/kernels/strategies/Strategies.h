//===- Strategies.h - What strategies share ---------------------*- C++ -*-===//
//
// The strategies themselves are listed in Ops.cpp alone.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_STRATEGIES_STRATEGIES_H
#define LATHE_COMPILER_KERNELS_STRATEGIES_STRATEGIES_H

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Strategy.h"

namespace lathe::kernels {

/// The algorithm of partial_dense.
void buildPartialDense(Builder &builder, const Node &node, int firstResult);

/// Schedules `anchor(c, x, y, b) += ...` over `domain` (channels, window
/// columns, window rows) inside tiles of the output, with the accumulators in
/// registers. Parameters: channel_vectors, columns, rows, unroll_channels,
/// unroll_window_columns, unroll_window_rows, task_rows, task_images,
/// parallel_channels.
/// `copies` hold a channel tile's weights, made once for each task.
void scheduleDirectConvolution(Builder &builder, const TiledSpace &space,
                               int64_t reducedChannels,
                               std::vector<Halide::Func> copies);

/// Strategies called "gemm": `anchor(c, b) += ...` over `domain` in register
/// tiles. Parameters: column_vectors, rows, task_tiles.
/// `batch` is the usual number of rows, 0 where it is not known; `copies` hold
/// a column tile's weights.
Parameters gemmParameters(const Machine &machine, int64_t columns,
                          int64_t reduced, int64_t weightBytes, int64_t batch);
void scheduleGemm(Builder &builder, int64_t columns, int64_t reduced,
                  std::vector<Halide::Func> copies = {});
double gemmCost(const Schedule &schedule, const Machine &machine,
                int64_t samples);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_STRATEGIES_STRATEGIES_H
