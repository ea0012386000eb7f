//===- Norm.cpp - Normalisation -------------------------------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

static Value buildBatchNormalization(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  Value gamma, beta;
  if (layer.argument("scale").flag &&
      !(gamma = layer.parameter("gamma", unknown)))
    return {};
  if (layer.argument("center").flag &&
      !(beta = layer.parameter("beta", unknown)))
    return {};
  // The moving statistics have no gradient.
  auto statistic = [&](llvm::StringRef name) -> Value {
    Initializer first =
        layer.initializer(layer.argument((name + "_initializer").str()));
    if (first.name.empty())
      return {};
    nn::VariableOp variable = layer.declare(
        name, mlir::RankedTensorType::get(unknown, builder.getF32Type()),
        first);
    variable.setTrainable(false);
    return layer.read(variable);
  };
  Value mean = statistic("moving_mean");
  Value variance = mean ? statistic("moving_variance") : Value();
  if (!variance)
    return {};
  return layer.create<nn::BatchNormOp>(
      layer.getInput(), mean, variance, gamma, beta,
      builder.getF64FloatAttr(layer.argument("momentum").number),
      builder.getF64FloatAttr(layer.argument("epsilon").number),
      builder.getBoolAttr(!layer.isTrainable()));
}

/// Standardised values times gamma, plus beta, each per channel.
static Value scaleAndCenter(LayerBuilder &layer, Value value) {
  if (layer.argument("scale").flag) {
    Value gamma = layer.parameter("gamma", unknown);
    if (!gamma)
      return {};
    value = layer.create<nn::MultiplyOp>(value, gamma);
  }
  if (layer.argument("center").flag) {
    Value beta = layer.parameter("beta", unknown);
    if (!beta)
      return {};
    value = layer.create<nn::BiasAddOp>(value, beta);
  }
  return value;
}

static Value buildLayerNormalization(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  return scaleAndCenter(
      layer, layer.create<nn::StandardizeOp>(
                 layer.getInput(), builder.getDenseI64ArrayAttr({-1}),
                 builder.getF64FloatAttr(layer.argument("epsilon").number)));
}

static Value buildGroupNormalization(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  const Setting &groups = layer.argument("groups");
  if (groups.integer == 0)
    return layer.error(groups, "groups must be at least 1, or -1 for a group "
                               "per channel, but is 0");
  return scaleAndCenter(
      layer, layer.create<nn::GroupStandardizeOp>(
                 layer.getInput(), builder.getI64IntegerAttr(groups.integer),
                 builder.getF64FloatAttr(layer.argument("epsilon").number)));
}

/// LayerScale (Touvron et al., 2021).
static Value buildLayerScale(LayerBuilder &layer) {
  mlir::OpBuilder &builder = layer.getBuilder();
  Initializer first{"constant", builder.getF64FloatAttr(
                                    layer.argument("init_values").number)};
  Value gamma = layer.read(layer.declare(
      "gamma", mlir::RankedTensorType::get(unknown, builder.getF32Type()),
      first));
  return layer.create<nn::MultiplyOp>(layer.getInput(), gamma);
}

//===- Arguments ----------------------------------------------------------===//

static constexpr Argument axis = axisArgument("the channels, which are last");
static constexpr Argument epsilon{.name = "epsilon",
                                  .kind = Kind::Number,
                                  .fallback = "0.001",
                                  .doc = "added to the variance",
                                  .range = positive};
static constexpr Argument center{.name = "center",
                                 .kind = Kind::Flag,
                                 .fallback = "true",
                                 .doc = "add beta, a number per channel"};
static constexpr Argument scale{
    .name = "scale",
    .kind = Kind::Flag,
    .fallback = "true",
    .doc = "multiply with gamma, a number per channel"};
static constexpr Argument betaInitializer =
    initializerArgument("beta_initializer", "zeros", "first values of beta");
static constexpr Argument gammaInitializer =
    initializerArgument("gamma_initializer", "ones", "first values of gamma");

static constexpr Argument batchNormalizationArguments[] = {
    axis,
    {.name = "momentum",
     .kind = Kind::Number,
     .fallback = "0.99",
     .doc = "share of the moving statistics that a batch leaves as they are",
     .range = {0, 1}},
    epsilon,
    center,
    scale,
    betaInitializer,
    gammaInitializer,
    initializerArgument("moving_mean_initializer", "zeros",
                        "first values of the moving mean"),
    initializerArgument("moving_variance_initializer", "ones",
                        "first values of the moving variance"),
};

static constexpr Argument layerNormalizationArguments[] = {
    axis, epsilon, center, scale, betaInitializer, gammaInitializer,
};

static constexpr Argument groupNormalizationArguments[] = {
    {.name = "groups",
     .kind = Kind::Integer,
     .fallback = "32",
     .doc = "groups of channels; -1 is one for each channel",
     .range = {-1, 1 << 20}},
    axis,
    epsilon,
    center,
    scale,
    betaInitializer,
    gammaInitializer,
};

static constexpr Argument layerScaleArguments[] = {
    {.name = "init_values",
     .kind = Kind::Number,
     .fallback = "1e-6",
     .doc = "first value of the factors"},
};

static constexpr Row rows[] = {
    {"BatchNormalization", "batch_normalization",
     "mean 0 and variance 1 per channel over a batch", "BatchNormalization",
     batchNormalizationArguments, buildBatchNormalization},
    {"LayerNormalization", "layer_normalization",
     "mean 0 and variance 1 over the channels of each place",
     "LayerNormalization: {epsilon: 1e-6}", layerNormalizationArguments,
     buildLayerNormalization},
    {"GroupNormalization", "group_normalization",
     "mean 0 and variance 1 over groups of channels of each image",
     "GroupNormalization: {groups: -1}", groupNormalizationArguments,
     buildGroupNormalization},
    {"LayerScale", "layer_scale", "y = gamma * x, a learned factor per channel",
     "LayerScale: {init_values: 1e-6}", layerScaleArguments, buildLayerScale},
};

llvm::ArrayRef<Row> lathe::frontend::normalizationLayers() { return rows; }
