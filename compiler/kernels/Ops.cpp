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
#include "compiler/kernels/strategies/Strategies.h"

namespace lathe::kernels {

// Defined in strategies/, or next to the algorithm of the operation.
namespace strategies {
// conv2d
const Strategy &directConv2D();
const Strategy &onePixelConv2D();
const Strategy &pointwiseConv2D();
// conv2d and conv2d_backward_data
const Strategy &depthwiseConv2D();
const Strategy &blockedConvolution();
// conv2d_backward_data
const Strategy &directConv2DBackwardData();
// conv2d_backward_weights
const Strategy &tiledWeightGradient();
const Strategy &winogradWeightGradient();
const Strategy &depthwiseWeightGradient();
// dense
const Strategy &gemmDense();
const Strategy &blockedDense();
const Strategy &slicedDense();
// partial_dense
const Strategy &blockedPartialDense();
// dense_backward_data
const Strategy &gemmDenseBackwardData();
const Strategy &dotDense();
// dense_backward_weights
const Strategy &outerDense();
// others
const Strategy &poolLargeWindows();
const Strategy &poolSmallWindows();
const Strategy &product();
const Strategy &reduceChannels();
const Strategy &reduceRows();
const Strategy &reduceColumns();
const Strategy &winogradConv2D();
} // namespace strategies

using Build = decltype(OpFamily::build);

// The strategies of families that have one.
static const OnlyStrategy elementwiseStrategy("elementwise",
                                              elementwiseParameters,
                                              scheduleElementwise),
    movementStrategy("movement", movementParameters, scheduleMovement),
    rowsStrategy("rows", rowsParameters, scheduleRows),
    lossStrategy("rows", lossParameters, scheduleLoss),
    normalizationStrategy("rows", rowNormalizationParameters,
                          scheduleRowNormalization),
    axisStrategy("axis", axisParameters, scheduleAxis),
    imagesStrategy("images", imagesParameters, scheduleImages),
    warpStrategy("images", imagesParameters, scheduleWarp),
    blurStrategy("images", imagesParameters, scheduleBlur),
    pixelsStrategy("pixels", pixelsParameters, schedulePixels),
    curvesStrategy("tiles", toneCurvesParameters, scheduleToneCurves),
    sumStrategy("reduction", sumReductionParameters, scheduleSumReduction),
    statisticsStrategy("channels", batchStatisticsParameters,
                       scheduleBatchStatistics),
    biasStrategy("channels", biasBackwardParameters, scheduleBiasBackward),
    averageStrategy("windows", avgPool2DParameters, scheduleWindows),
    averageBackwardStrategy("windows", avgPool2DBackwardParameters,
                            scheduleWindows),
    resizeBackwardStrategy("windows", resizeBackwardParameters,
                           scheduleWindows),
    resampleStrategy("resample", resampleParameters, scheduleResample),
    relativeStrategy("relative", relativeBiasParameters, scheduleRelativeBias),
    packStrategy("tiles", packFilterParameters, schedulePackFilter),
    transposeStrategy("tiles", transposeFilterParameters,
                      scheduleTransposeFilter),
    winogradFilterStrategy("tiles", winogradFilterParameters,
                           scheduleWinogradFilter);

static OpFamily elementwise(const char *op, Build build = buildElementwise) {
  return {op, OpFamily::Elementwise, build, {&elementwiseStrategy}};
}

static OpFamily attached(const char *op, Build build,
                         const Strategy &strategy) {
  return {op, OpFamily::Attached, build, {&strategy}};
}

static OpFamily pooling(const char *op, Build build) {
  return {op,
          OpFamily::Attached,
          build,
          {&strategies::poolLargeWindows(), &strategies::poolSmallWindows()}};
}

static OpFamily anchor(const char *op, Build build,
                       std::vector<const Strategy *> strategies) {
  return {op, OpFamily::Anchor, build, std::move(strategies)};
}

/// Whose results may be written over inputs.
static OpFamily updating(OpFamily family) {
  family.updates = true;
  return family;
}

static OpFamily anchor(const char *op, Build build, const Strategy &strategy) {
  return anchor(op, build, {&strategy});
}

static std::vector<OpFamily> anchors() {
  using namespace strategies;
  return {
      anchor("absolute_sum", buildSumReduction, sumStrategy),
      anchor("adjust", buildAdjust, imagesStrategy),
      anchor("apply_curves", buildApplyCurves, pixelsStrategy),
      anchor("avg_pool2d", buildAvgPool2D, averageStrategy),
      anchor("avg_pool2d_backward", buildAvgPool2DBackward,
             averageBackwardStrategy),
      anchor("axis_arg", buildAxisArg, axisStrategy),
      anchor("axis_reduce", buildAxisReduce, axisStrategy),
      anchor("batch_moments", buildBatchMoments, statisticsStrategy),
      anchor("batch_norm_sums", buildBatchNormSums, statisticsStrategy),
      anchor("bias_backward", buildBiasBackward, biasStrategy),
      anchor("blend", buildBlend, imagesStrategy),
      anchor("blur", buildBlur, blurStrategy),
      anchor("conv2d", buildConv2D,
             {&depthwiseConv2D(), &onePixelConv2D(), &pointwiseConv2D(),
              &blockedConvolution(), &directConv2D()}),
      anchor("conv2d_backward_data", buildConv2DBackwardData,
             {&depthwiseConv2D(), &blockedConvolution(),
              &directConv2DBackwardData()}),
      anchor("conv2d_backward_weights", buildConv2DBackwardWeights,
             {&depthwiseWeightGradient(), &winogradWeightGradient(),
              &tiledWeightGradient()}),
      anchor("convert_color", buildConvertColor, pixelsStrategy),
      anchor("count_correct", buildCountCorrect, rowsStrategy),
      anchor("dense", buildDense,
             {&slicedDense(), &blockedDense(), &gemmDense()}),
      anchor("dense_backward_data", buildDenseBackwardData,
             {&dotDense(), &gemmDenseBackwardData()}),
      updating(anchor("dense_backward_weights", buildDenseBackwardWeights,
                      outerDense())),
      anchor("loss", buildLoss, lossStrategy),
      anchor("loss_backward", buildLossBackward, lossStrategy),
      anchor("matmul", buildMatmul, product()),
      anchor("mix", buildMix, imagesStrategy),
      anchor("noise", buildNoise, imagesStrategy),
      anchor("pack_filter", buildPackFilter, packStrategy),
      anchor("packed_conv2d", buildPackedConv2D, pointwiseConv2D()),
      anchor("partial_dense", buildPartialDense, blockedPartialDense()),
      anchor("reduce", buildReduce,
             {&reduceChannels(), &reduceRows(), &reduceColumns()}),
      anchor("relative_bias", buildRelativeBias, relativeStrategy),
      anchor("relative_bias_backward", buildRelativeBiasBackward,
             relativeStrategy),
      anchor("resample", buildResample, resampleStrategy),
      anchor("resample_backward", buildResample, resampleStrategy),
      anchor("resize_backward", buildResizeBackward, resizeBackwardStrategy),
      anchor("softmax", buildRowSoftmax, normalizationStrategy),
      anchor("softmax_backward", buildSoftmaxBackward, normalizationStrategy),
      anchor("softmax_cross_entropy", buildSoftmaxCrossEntropy, rowsStrategy),
      anchor("softmax_cross_entropy_backward", buildSoftmaxCrossEntropyBackward,
             rowsStrategy),
      anchor("squared_norm", buildSumReduction, sumStrategy),
      anchor("standardize", buildStandardize, normalizationStrategy),
      anchor("standardize_backward", buildStandardizeBackward,
             normalizationStrategy),
      anchor("tone_curves", buildToneCurves, curvesStrategy),
      anchor("transpose_filter", buildTransposeFilter, transposeStrategy),
      anchor("warp", buildWarp, warpStrategy),
      anchor("winograd_conv2d", nullptr, winogradConv2D()),
      anchor("winograd_filter", buildWinogradFilter, winogradFilterStrategy),
  };
}

static std::vector<OpFamily> others() {
  return {
      // Attached.
      attached("concatenate", buildConcatenate, movementStrategy),
      attached("gather", buildGather, movementStrategy),
      pooling("max_pool2d", buildMaxPool2D),
      pooling("max_pool2d_argmax", buildMaxPool2D),
      pooling("max_pool2d_backward", buildMaxPool2DBackward),
      attached("pad", buildPad, movementStrategy),
      attached("resize", buildResize, movementStrategy),
      attached("transpose", buildTranspose, movementStrategy),
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
}

const std::vector<OpFamily> &allOps() {
  static const std::vector<OpFamily> ops = [] {
    std::vector<OpFamily> all = anchors();
    for (OpFamily &family : others())
      all.push_back(std::move(family));
    return all;
  }();
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
