//===- Families.h - What the op families share with the table ---*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_FAMILIES_H
#define LATHE_COMPILER_KERNELS_FAMILIES_H

#include "compiler/kernels/Window.h"

namespace lathe::kernels {

#define LATHE_KERNEL_FAMILY(NAME, PREFIX)                                      \
  void build##NAME(Builder &builder, const Node &node, int firstResult);       \
  Schedule PREFIX##Default(const KernelSpec &spec, const Node &node,           \
                           const Machine &machine);                            \
  void schedule##NAME(Builder &builder, const Node &node);

LATHE_KERNEL_FAMILY(Conv2D, conv2D)
LATHE_KERNEL_FAMILY(Conv2DBackwardData, conv2DBackwardData)
LATHE_KERNEL_FAMILY(Conv2DBackwardWeights, conv2DBackwardWeights)
LATHE_KERNEL_FAMILY(Dense, dense)
LATHE_KERNEL_FAMILY(DenseBackwardData, denseBackwardData)
LATHE_KERNEL_FAMILY(DenseBackwardWeights, denseBackwardWeights)
LATHE_KERNEL_FAMILY(BiasBackward, biasBackward)
LATHE_KERNEL_FAMILY(Matmul, matmul)
LATHE_KERNEL_FAMILY(WinogradConv2D, winogradConv2D)
LATHE_KERNEL_FAMILY(PackFilter, packFilter)
LATHE_KERNEL_FAMILY(TransposeFilter, transposeFilter)
LATHE_KERNEL_FAMILY(WinogradFilter, winogradFilter)

LATHE_KERNEL_FAMILY(SumReduction, sumReduction)

#undef LATHE_KERNEL_FAMILY

void buildMaxPool2D(Builder &builder, const Node &node, int firstResult);
void buildMaxPool2DBackward(Builder &builder, const Node &node,
                            int firstResult);
void buildAvgPool2D(Builder &builder, const Node &node, int firstResult);
Schedule avgPool2DDefault(const KernelSpec &spec, const Node &node,
                          const Machine &machine);
void buildAvgPool2DBackward(Builder &builder, const Node &node,
                            int firstResult);
Schedule avgPool2DBackwardDefault(const KernelSpec &spec, const Node &node,
                                  const Machine &machine);
Schedule poolingDefault(const KernelSpec &spec, const Node &node,
                        const Machine &machine);
void schedulePooling(Builder &builder, const Node &node);

void buildAccumulateGradient(Builder &builder, const Node &node,
                             int firstResult);
void buildAverageWeights(Builder &builder, const Node &node, int firstResult);
void buildBatchMoments(Builder &builder, const Node &node, int firstResult);
void buildBatchNormSums(Builder &builder, const Node &node, int firstResult);
Schedule batchStatisticsDefault(const KernelSpec &spec, const Node &node,
                                const Machine &machine);
void scheduleBatchStatistics(Builder &builder, const Node &node);

void buildReduce(Builder &builder, const Node &node, int firstResult);
Schedule reduceDefault(const KernelSpec &spec, const Node &node,
                       const Machine &machine);
void scheduleReduce(Builder &builder, const Node &node);

void buildRowSoftmax(Builder &builder, const Node &node, int firstResult);
void buildSoftmaxBackward(Builder &builder, const Node &node, int firstResult);
void buildStandardize(Builder &builder, const Node &node, int firstResult);
void buildStandardizeBackward(Builder &builder, const Node &node,
                              int firstResult);
Schedule rowNormalizationDefault(const KernelSpec &spec, const Node &node,
                                 const Machine &machine);
void scheduleRowNormalization(Builder &builder, const Node &node);

void buildSoftmax(Builder &builder, const Node &node, int firstResult);
void buildSoftmaxCrossEntropy(Builder &builder, const Node &node,
                              int firstResult);
void buildSoftmaxCrossEntropyBackward(Builder &builder, const Node &node,
                                      int firstResult);
void buildCountCorrect(Builder &builder, const Node &node, int firstResult);
Schedule rowsDefault(const KernelSpec &spec, const Node &node,
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
Schedule axisDefault(const KernelSpec &spec, const Node &node,
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

/// Schedules `anchor(c, x, y, b) += ...` over `domain` (channels, window
/// columns, window rows) inside tiles of the output, with the accumulators in
/// registers. Parameters: channel_vectors, columns, rows, unroll_channels,
/// unroll_window_columns, unroll_window_rows, task_rows, task_images,
/// parallel_channels.
/// `helpers` hold copies of a channel tile's weights, made once for each task.
void scheduleDirectConvolution(Builder &builder, const TiledSpace &space,
                               int64_t reducedChannels);

/// Refuses a kernel whose results are not matrices of so many columns; images
/// of one pixel are rows as well.
void requireMatrices(const Builder &builder, int64_t columns);

/// Strategy "blocked" of dense, for whole vectors of columns.
void buildBlockedDense(Builder &builder, const Node &node, int firstResult);
Schedule blockedDenseDefault(const Machine &machine, int64_t columns,
                             int64_t reduced);
void scheduleBlockedDense(Builder &builder, const Node &node);

/// Strategy "sliced" of dense, for one sample. No default where the rows do not
/// divide.
void buildSlicedDense(Builder &builder, const Node &node, int firstResult);
std::optional<Schedule> slicedDenseDefault(const Machine &machine,
                                           int64_t columns, int64_t reduced);
void scheduleSlicedDense(Builder &builder, const Node &node);

/// Strategy "dot" of dense_backward_data, for `columns` rows of weights that
/// have `reduced` elements each. No default where these are few.
void buildDotDense(Builder &builder, const Node &node, int firstResult);
std::optional<Schedule> dotDenseDefault(const Machine &machine, int64_t columns,
                                        int64_t reduced);
void scheduleDotDense(Builder &builder, const Node &node);

/// Strategy "gemm" of dense_backward_data.
Schedule gemmDenseBackwardDataDefault(const KernelSpec &spec, const Node &node,
                                      const Machine &machine);

/// Strategy "gemm": `anchor(c, b) += ...` over `domain` in register tiles.
/// Parameters: column_vectors, rows, task_tiles.
/// `batch` is the usual number of rows, 0 where it is not known.
Schedule gemmDefault(const Machine &machine, int64_t columns, int64_t reduced,
                     int64_t batch);
void scheduleGemm(Builder &builder, int64_t columns, int64_t reduced);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_FAMILIES_H
