//===- TypicalKernels.h - Kernels as the compiler forms them ----*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_TYPICALKERNELS_H
#define LATHE_TEST_KERNELS_TYPICALKERNELS_H

#include "test/kernels/SpecBuilder.h"

namespace lathe::kernels {

/// Activations, normalisation, reductions and products of matrices.
std::vector<KernelSpec> typicalArithmetic();
/// Functions of any elements, and operations along an axis.
std::vector<KernelSpec> typicalFunctions();
/// Pooling, movement, resizing.
std::vector<KernelSpec> typicalAugmentations();
/// Noise and blurred images.
std::vector<KernelSpec> typicalNoises();
/// Tones and colours.
std::vector<KernelSpec> typicalPictures();
std::vector<KernelSpec> typicalResamplings();
std::vector<KernelSpec> typicalShaping();
std::vector<KernelSpec> typicalLosses();
std::vector<KernelSpec> typicalUpdates();

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_TYPICALKERNELS_H
