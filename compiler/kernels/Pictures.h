//===- Pictures.h - Pictures before the network sees them -------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_PICTURES_H
#define LATHE_COMPILER_KERNELS_PICTURES_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

void buildToneCurves(Builder &builder, const Node &node, int firstResult);
void buildApplyCurves(Builder &builder, const Node &node, int firstResult);
void buildConvertColor(Builder &builder, const Node &node, int firstResult);

/// Strategy "tiles" of tone_curves.
Parameters toneCurvesParameters(const KernelSpec &spec, const Node &node,
                                const Machine &machine);
void scheduleToneCurves(Builder &builder, const Node &node);

/// Strategy "pixels": strips of `task_rows` rows are tasks; the builder's
/// helpers are computed for each row, its scalars once.
Parameters pixelsParameters(const KernelSpec &spec, const Node &node,
                            const Machine &machine);
void schedulePixels(Builder &builder, const Node &node);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_PICTURES_H
