//===- Ops.cpp - The table of all operations -----------------------------===//

#include "compiler/kernels/Augment.h"
#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/FunctionNames.h"
#include "compiler/kernels/Loss.h"
#include "compiler/kernels/Movement.h"
#include "compiler/kernels/Pictures.h"
#include "compiler/kernels/RelativeBias.h"
#include "compiler/kernels/WindowReduction.h"

namespace lathe::kernels {

static OpFamily
elementwise(const char *op,
            decltype(OpFamily::build) build = buildElementwise) {
  return {op, OpFamily::Elementwise, build, elementwiseDefault,
          scheduleElementwise};
}

static OpFamily pooling(const char *op, decltype(OpFamily::build) build) {
  return {op, OpFamily::Attached, build, poolingDefault, schedulePooling};
}

static OpFamily movement(const char *op, decltype(OpFamily::build) build) {
  return {op, OpFamily::Attached, build, movementDefault, scheduleMovement};
}

static OpFamily rows(const char *op, decltype(OpFamily::build) build) {
  return {op, OpFamily::Anchor, build, rowsDefault, scheduleRows};
}

static OpFamily axis(const char *op, decltype(OpFamily::build) build) {
  return {op, OpFamily::Anchor, build, axisDefault, scheduleAxis};
}

static OpFamily rowNormalization(const char *op,
                                 decltype(OpFamily::build) build) {
  return {op, OpFamily::Anchor, build, rowNormalizationDefault,
          scheduleRowNormalization};
}

static OpFamily images(const char *op, decltype(OpFamily::build) build) {
  return {op, OpFamily::Anchor, build, imagesDefault, scheduleImages};
}

static OpFamily pixels(const char *op, decltype(OpFamily::build) build) {
  return {op, OpFamily::Anchor, build, pixelsDefault, schedulePixels};
}

const std::vector<OpFamily> &allOps() {
  static const std::vector<OpFamily> ops = {
      // Anchors.
      {"absolute_sum", OpFamily::Anchor, buildSumReduction, sumReductionDefault,
       scheduleSumReduction},
      images("adjust", buildAdjust),
      pixels("apply_curves", buildApplyCurves),
      {"avg_pool2d", OpFamily::Anchor, buildAvgPool2D, avgPool2DDefault,
       scheduleWindows},
      {"avg_pool2d_backward", OpFamily::Anchor, buildAvgPool2DBackward,
       avgPool2DBackwardDefault, scheduleWindows},
      axis("axis_arg", buildAxisArg),
      axis("axis_reduce", buildAxisReduce),
      {"batch_moments", OpFamily::Anchor, buildBatchMoments,
       batchStatisticsDefault, scheduleBatchStatistics},
      {"batch_norm_sums", OpFamily::Anchor, buildBatchNormSums,
       batchStatisticsDefault, scheduleBatchStatistics},
      {"bias_backward", OpFamily::Anchor, buildBiasBackward,
       biasBackwardDefault, scheduleBiasBackward},
      {"conv2d", OpFamily::Anchor, buildConv2D, conv2DDefault, scheduleConv2D},
      {"conv2d_backward_data", OpFamily::Anchor, buildConv2DBackwardData,
       conv2DBackwardDataDefault, scheduleConv2DBackwardData},
      {"conv2d_backward_weights", OpFamily::Anchor, buildConv2DBackwardWeights,
       conv2DBackwardWeightsDefault, scheduleConv2DBackwardWeights},
      pixels("convert_color", buildConvertColor),
      rows("count_correct", buildCountCorrect),
      {"dense", OpFamily::Anchor, buildDense, denseDefault, scheduleDense},
      {"dense_backward_data", OpFamily::Anchor, buildDenseBackwardData,
       denseBackwardDataDefault, scheduleDenseBackwardData},
      {"dense_backward_weights", OpFamily::Anchor, buildDenseBackwardWeights,
       denseBackwardWeightsDefault, scheduleDenseBackwardWeights,
       /*updates=*/true},
      {"matmul", OpFamily::Anchor, buildMatmul, matmulDefault, scheduleMatmul},
      {"pack_filter", OpFamily::Anchor, buildPackFilter, packFilterDefault,
       schedulePackFilter},
      {"packed_conv2d", OpFamily::Anchor, buildPackedConv2D,
       pointwiseConv2DDefault, schedulePointwiseConv2D},
      {"reduce", OpFamily::Anchor, buildReduce, reduceDefault, scheduleReduce},
      images("blend", buildBlend),
      images("blur", buildBlur),
      images("mix", buildMix),
      images("noise", buildNoise),
      rowNormalization("softmax", buildRowSoftmax),
      rowNormalization("softmax_backward", buildSoftmaxBackward),
      rows("softmax_cross_entropy", buildSoftmaxCrossEntropy),
      rows("softmax_cross_entropy_backward", buildSoftmaxCrossEntropyBackward),
      {"loss", OpFamily::Anchor, buildLoss, lossDefault, scheduleLoss},
      {"loss_backward", OpFamily::Anchor, buildLossBackward, lossDefault,
       scheduleLoss},
      {"relative_bias", OpFamily::Anchor, buildRelativeBias,
       relativeBiasDefault, scheduleRelativeBias},
      {"relative_bias_backward", OpFamily::Anchor, buildRelativeBiasBackward,
       relativeBiasDefault, scheduleRelativeBias},
      {"resample", OpFamily::Anchor, buildResample, resampleDefault,
       scheduleResample},
      {"resample_backward", OpFamily::Anchor, buildResample, resampleDefault,
       scheduleResample},
      {"resize_backward", OpFamily::Anchor, buildResizeBackward,
       resizeBackwardDefault, scheduleWindows},
      {"squared_norm", OpFamily::Anchor, buildSumReduction, sumReductionDefault,
       scheduleSumReduction},
      rowNormalization("standardize", buildStandardize),
      rowNormalization("standardize_backward", buildStandardizeBackward),
      {"tone_curves", OpFamily::Anchor, buildToneCurves, toneCurvesDefault,
       scheduleToneCurves},
      {"transpose_filter", OpFamily::Anchor, buildTransposeFilter,
       transposeFilterDefault, scheduleTransposeFilter},
      images("warp", buildWarp),
      {"winograd_conv2d", OpFamily::Anchor, buildWinogradConv2D,
       winogradConv2DDefault, scheduleWinogradConv2D},
      {"winograd_filter", OpFamily::Anchor, buildWinogradFilter,
       winogradFilterDefault, scheduleWinogradFilter},
      // Attached.
      movement("concatenate", buildConcatenate),
      movement("gather", buildGather),
      pooling("max_pool2d", buildMaxPool2D),
      pooling("max_pool2d_argmax", buildMaxPool2D),
      pooling("max_pool2d_backward", buildMaxPool2DBackward),
      movement("pad", buildPad),
      movement("resize", buildResize),
      movement("transpose", buildTranspose),
      // Elementwise.
      elementwise("accumulate_gradient", buildAccumulateGradient),
      elementwise("activation", buildActivation),
      elementwise("activation_backward", buildActivationBackward),
      elementwise("adagrad_update", buildAdagrad),
      elementwise("adam_update", buildAdam),
      elementwise("add"),
      elementwise("average_weights", buildAverageWeights),
      elementwise("batch_norm_factors", buildBatchNormFactors),
      elementwise("batch_norm_scale"),
      elementwise("bias_add"),
      elementwise("broadcast"),
      elementwise("cast", buildCast),
      elementwise("clip"),
      elementwise("clip_by_norm"),
      elementwise("combine", buildCombine),
      elementwise("compare", buildCompare),
      elementwise("constant", buildConstant),
      elementwise("dropout", buildDropout),
      elementwise("gaussian_noise", buildGaussianNoise),
      elementwise("increment"),
      elementwise("lion_update", buildLion),
      elementwise("mask"),
      elementwise("math", buildMath),
      elementwise("maximum"),
      elementwise("merge_moments", buildMergeMoments),
      elementwise("minimum"),
      elementwise("moving_average"),
      elementwise("multiply"),
      elementwise("normalize"),
      elementwise("normalize_backward"),
      elementwise("regularize"),
      elementwise("relu"),
      elementwise("relu_backward"),
      elementwise("rmsprop_update", buildRmsprop),
      elementwise("scale"),
      elementwise("select", buildSelect),
      elementwise("sgd_update", buildSgd),
      elementwise("subtract"),
  };
  return ops;
}

std::vector<std::string> knownFunctions(const std::string &op) {
  static const struct {
    const char *op;
    std::vector<std::string> (*names)();
  } tables[] = {{"activation", activationNames},
                {"activation_backward", activationNames},
                {"adjust", adjustmentNames},
                {"axis_reduce", axisReductionNames},
                {"combine", combinationNames},
                {"compare", comparisonNames},
                {"loss", lossNames},
                {"loss_backward", lossNames},
                {"math", mathNames}};
  for (const auto &table : tables)
    if (op == table.op)
      return table.names();
  return {};
}

const Node *followingPool(const KernelSpec &spec) {
  for (const Node &node : spec.nodes)
    if (node.op == "max_pool2d" || node.op == "max_pool2d_argmax")
      return &node;
  return nullptr;
}

} // namespace lathe::kernels
