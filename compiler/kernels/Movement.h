//===- Movement.h - Elements that change their place ------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_MOVEMENT_H
#define LATHE_COMPILER_KERNELS_MOVEMENT_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

void buildPad(Builder &builder, const Node &node, int firstResult);
void buildTranspose(Builder &builder, const Node &node, int firstResult);
void buildGather(Builder &builder, const Node &node, int firstResult);
void buildConcatenate(Builder &builder, const Node &node, int firstResult);
void buildResize(Builder &builder, const Node &node, int firstResult);

/// Strategy "movement": tensors of rank 2 to 4, row by row or, where the
/// fastest dimension changes, in square tiles.
Parameters movementParameters(const KernelSpec &spec, const Node &node,
                              const Machine &machine);
void scheduleMovement(Builder &builder, const Node &node);

void buildResizeBackward(Builder &builder, const Node &node, int firstResult);
Parameters resizeBackwardParameters(const KernelSpec &spec, const Node &node,
                                    const Machine &machine);

/// Strategy "resample".
void buildResample(Builder &builder, const Node &node, int firstResult);
Parameters resampleParameters(const KernelSpec &spec, const Node &node,
                              const Machine &machine);
void scheduleResample(Builder &builder, const Node &node);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_MOVEMENT_H
