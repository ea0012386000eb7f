//===- Elementwise.h - One element from one element -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_ELEMENTWISE_H
#define LATHE_COMPILER_KERNELS_ELEMENTWISE_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

/// The operand's element for one element of the result: operands of rank 0 are
/// scalars, and operands of rank 1 run along the last dimension.
Halide::Expr elementOf(const Value &operand, size_t resultRank,
                       const Index &index);

/// The row-major number of an element in its whole tensor, as a 32-bit unsigned
/// integer.
Halide::Expr flatIndex(const Builder &builder, const TensorType &type,
                       const Index &index);

/// Strategy "elementwise": no anchor, the memory's bandwidth is the limit.
Schedule elementwiseDefault(const KernelSpec &spec, const Node &node,
                            const Machine &machine);
void scheduleElementwise(Builder &builder, const Node &node);

void buildElementwise(Builder &builder, const Node &node, int firstResult);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ELEMENTWISE_H
