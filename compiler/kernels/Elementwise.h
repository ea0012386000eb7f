//===- Elementwise.h - One element from one element -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_ELEMENTWISE_H
#define LATHE_COMPILER_KERNELS_ELEMENTWISE_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

/// The operand as a tensor of this type, as NumPy's broadcast_to: dimensions
/// are aligned at the last; missing ones and those of extent 1 repeat.
Value broadcastTo(const Value &operand, const TensorType &type);

/// The row-major number of an element in its whole tensor, as a 32-bit unsigned
/// integer. Extents of 1 do not count.
Halide::Expr flatIndex(const Builder &builder, const TensorType &type,
                       const Index &index);

/// Strategy "elementwise": no anchor, the memory's bandwidth is the limit.
Parameters elementwiseParameters(const KernelSpec &spec, const Node &node,
                                 const Machine &machine);
void scheduleElementwise(Builder &builder, const Node &node);

void buildElementwise(Builder &builder, const Node &node, int firstResult);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ELEMENTWISE_H
