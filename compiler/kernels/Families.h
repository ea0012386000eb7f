//===- Families.h - What the op families share with the table ---*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_FAMILIES_H
#define LATHE_COMPILER_KERNELS_FAMILIES_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

#define LATHE_KERNEL_FAMILY(NAME, PREFIX)                                      \
  void build##NAME(Builder &builder, const Node &node, int firstResult);       \
  Schedule PREFIX##Default(const KernelSpec &spec, const Node &node,           \
                           const Machine &machine);                            \
  void schedule##NAME(Builder &builder, const Node &node);

LATHE_KERNEL_FAMILY(Conv2D, conv2D)
LATHE_KERNEL_FAMILY(Dense, dense)

#undef LATHE_KERNEL_FAMILY

/// The pooling operation of a kernel, or null.
const Node *followingPool(const KernelSpec &spec);

/// The type of a value of a kernel that is not built yet.
const TensorType &typeOf(const KernelSpec &spec, int value);

/// Schedules `anchor(c, x, y, b) += ...` over `domain` (channels, window columns,
/// window rows) inside tiles of the output, with the accumulators in registers.
/// Parameters: channel_vectors, columns, rows, unroll_channels,
/// unroll_window_columns, task_rows, task_images.
void scheduleDirectConvolution(Builder &builder, int64_t channels, int64_t width,
                               int64_t height, int64_t reducedChannels);

/// Strategy "gemm": `anchor(c, b) += ...` over `domain` in register tiles.
/// Parameters: column_vectors, rows, task_tiles.
Schedule gemmDefault(const Machine &machine, int64_t columns, int64_t reduced);
void scheduleGemm(Builder &builder, int64_t columns, int64_t reduced);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_FAMILIES_H
