//===- SweepKernels.h - Kernels of unusual extents --------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_SWEEPKERNELS_H
#define LATHE_TEST_KERNELS_SWEEPKERNELS_H

#include "test/kernels/SpecBuilder.h"

namespace lathe::kernels {

/// Windows, dilations, strides, groups, axes and numbers of operands from small
/// to large: what must not make the compiler unroll for minutes. Without `all`,
/// some of each kind.
std::vector<KernelSpec> sweepKernels(bool all);

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_SWEEPKERNELS_H
