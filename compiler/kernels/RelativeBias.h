//===- RelativeBias.h - What attention adds for relative places -*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_RELATIVEBIAS_H
#define LATHE_COMPILER_KERNELS_RELATIVEBIAS_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

void buildRelativeBias(Builder &builder, const Node &node, int firstResult);
void buildRelativeBiasBackward(Builder &builder, const Node &node,
                               int firstResult);
/// Strategy "relative": heads, or entries of the table, in parallel.
Parameters relativeBiasParameters(const KernelSpec &spec, const Node &node,
                                  const Machine &machine);
void scheduleRelativeBias(Builder &builder, const Node &node);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_RELATIVEBIAS_H
