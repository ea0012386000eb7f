//===- Families.h - What the op families share with the table ---*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_FAMILIES_H
#define LATHE_COMPILER_KERNELS_FAMILIES_H

#include "compiler/kernels/Window.h"

namespace lathe::kernels {

void buildConv2D(Builder &builder, const Node &node, int firstResult);
void buildConv2DBackwardData(Builder &builder, const Node &node,
                             int firstResult);
void buildConv2DBackwardWeights(Builder &builder, const Node &node,
                                int firstResult);
void buildDense(Builder &builder, const Node &node, int firstResult);
void buildDenseBackwardData(Builder &builder, const Node &node,
                            int firstResult);
void buildDenseBackwardWeights(Builder &builder, const Node &node,
                               int firstResult);
void buildMatmul(Builder &builder, const Node &node, int firstResult);

#define LATHE_KERNEL_FAMILY(NAME, PREFIX)                                      \
  void build##NAME(Builder &builder, const Node &node, int firstResult);       \
  Parameters PREFIX##Parameters(const KernelSpec &spec, const Node &node,      \
                                const Machine &machine);                       \
  void schedule##NAME(Builder &builder, const Node &node);

LATHE_KERNEL_FAMILY(BiasBackward, biasBackward)
LATHE_KERNEL_FAMILY(PackFilter, packFilter)
LATHE_KERNEL_FAMILY(TransposeFilter, transposeFilter)
LATHE_KERNEL_FAMILY(WinogradFilter, winogradFilter)
LATHE_KERNEL_FAMILY(SumReduction, sumReduction)

#undef LATHE_KERNEL_FAMILY

void buildMaxPool2D(Builder &builder, const Node &node, int firstResult);
void buildMaxPool2DBackward(Builder &builder, const Node &node,
                            int firstResult);
void buildAvgPool2D(Builder &builder, const Node &node, int firstResult);
Parameters avgPool2DParameters(const KernelSpec &spec, const Node &node,
                               const Machine &machine);
void buildAvgPool2DBackward(Builder &builder, const Node &node,
                            int firstResult);
Parameters avgPool2DBackwardParameters(const KernelSpec &spec, const Node &node,
                                       const Machine &machine);

void buildAccumulateGradient(Builder &builder, const Node &node,
                             int firstResult);
void buildAverageWeights(Builder &builder, const Node &node, int firstResult);
void buildBatchMoments(Builder &builder, const Node &node, int firstResult);
void buildBatchNormSums(Builder &builder, const Node &node, int firstResult);
Parameters batchStatisticsParameters(const KernelSpec &spec, const Node &node,
                                     const Machine &machine);
void scheduleBatchStatistics(Builder &builder, const Node &node);

void buildReduce(Builder &builder, const Node &node, int firstResult);

void buildRowSoftmax(Builder &builder, const Node &node, int firstResult);
void buildSoftmaxBackward(Builder &builder, const Node &node, int firstResult);
void buildStandardize(Builder &builder, const Node &node, int firstResult);
void buildStandardizeBackward(Builder &builder, const Node &node,
                              int firstResult);
Parameters rowNormalizationParameters(const KernelSpec &spec, const Node &node,
                                      const Machine &machine);
void scheduleRowNormalization(Builder &builder, const Node &node);

void buildSoftmax(Builder &builder, const Node &node, int firstResult);
void buildSoftmaxCrossEntropy(Builder &builder, const Node &node,
                              int firstResult);
void buildSoftmaxCrossEntropyBackward(Builder &builder, const Node &node,
                                      int firstResult);
void buildCountCorrect(Builder &builder, const Node &node, int firstResult);
Parameters rowsParameters(const KernelSpec &spec, const Node &node,
                          const Machine &machine);
void scheduleRows(Builder &builder, const Node &node);

// Scheduled as elementwise kernels.
void buildMath(Builder &builder, const Node &node, int firstResult);
void buildCombine(Builder &builder, const Node &node, int firstResult);
void buildCompare(Builder &builder, const Node &node, int firstResult);
void buildSelect(Builder &builder, const Node &node, int firstResult);
void buildCast(Builder &builder, const Node &node, int firstResult);
void buildConstant(Builder &builder, const Node &node, int firstResult);
void buildActivation(Builder &builder, const Node &node, int firstResult);
void buildActivationBackward(Builder &builder, const Node &node,
                             int firstResult);
void buildBatchNormFactors(Builder &builder, const Node &node, int firstResult);
void buildMergeMoments(Builder &builder, const Node &node, int firstResult);
void buildDropout(Builder &builder, const Node &node, int firstResult);
void buildGaussianNoise(Builder &builder, const Node &node, int firstResult);
void buildSgd(Builder &builder, const Node &node, int firstResult);
void buildRmsprop(Builder &builder, const Node &node, int firstResult);
void buildAdam(Builder &builder, const Node &node, int firstResult);
void buildAdagrad(Builder &builder, const Node &node, int firstResult);
void buildLion(Builder &builder, const Node &node, int firstResult);

/// Operations along the middle of three dimensions.
void buildAxisReduce(Builder &builder, const Node &node, int firstResult);
void buildAxisArg(Builder &builder, const Node &node, int firstResult);
Parameters axisParameters(const KernelSpec &spec, const Node &node,
                          const Machine &machine);
void scheduleAxis(Builder &builder, const Node &node);

/// Whether an operation sums all elements of its operand, whatever its shape.
bool sumsAllElements(const std::string &op);

/// The pooling operation of a kernel, or null.
const Node *followingPool(const KernelSpec &spec);

/// The type of a value of a kernel that is not built yet.
const TensorType &typeOf(const KernelSpec &spec, int value);

/// Bytes of scratch that a task may hold on its stack.
inline constexpr int64_t scratchLimit = 80 * 1024;

/// Positions of the anchor that a tile of the output needs, where a pooling
/// operation follows; else the identity.
void widenByPool(const KernelSpec &spec, TiledSpace &space);

/// Refuses a kernel whose results are not matrices of so many columns; images
/// of one pixel are rows as well.
void requireMatrices(const Builder &builder, int64_t columns);

/// Refuses a kernel that does anything but what its node does.
void requireAlone(const Builder &builder, const Node &node);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_FAMILIES_H
