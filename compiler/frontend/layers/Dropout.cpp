//===- Dropout.cpp - Dropout and noise, in training only ------------------===//
#include "compiler/frontend/layers/Layers.h"
#include <cmath>

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

static Value buildDropout(LayerBuilder &layer) {
  return layer.dropout(layer.getInput(), layer.argument("rate").number);
}

static Value buildSpatialDropout1D(LayerBuilder &layer) {
  return layer.dropout(layer.getInput(), layer.argument("rate").number, 1);
}

static Value buildSpatialDropout2D(LayerBuilder &layer) {
  return layer.dropout(layer.getInput(), layer.argument("rate").number, {1, 2});
}

static Value buildStochasticDepth(LayerBuilder &layer) {
  return layer.dropout(layer.getInput(), layer.argument("rate").number,
                       {1, 2, 3});
}

static Value addNoise(LayerBuilder &layer, Value value, double deviation) {
  mlir::OpBuilder &builder = layer.getBuilder();
  Value iteration = layer.state(nn::iterationName);
  Value seed = layer.state(nn::seedName);
  return layer.create<nn::GaussianNoiseOp>(
      value, iteration, seed, builder.getF64FloatAttr(deviation),
      builder.getI64IntegerAttr(layer.nextRandomKey()));
}

static Value buildGaussianNoise(LayerBuilder &layer) {
  return addNoise(layer, layer.getInput(), layer.argument("stddev").number);
}

/// x times 1 + noise.
static Value buildGaussianDropout(LayerBuilder &layer) {
  double rate = layer.argument("rate").number;
  Value ones = layer.scale(layer.getInput(), 0, 1);
  return layer.create<nn::MultiplyOp>(
      layer.getInput(), addNoise(layer, ones, std::sqrt(rate / (1 - rate))));
}

static consteval Argument rateArgument(llvm::StringLiteral doc) {
  return {.name = "rate",
          .kind = Kind::Number,
          .fallback = required,
          .doc = doc,
          .range = {.least = 0, .most = 1, .openMost = true}};
}

static constexpr Argument dropoutArguments[] = {
    rateArgument("share of the elements to drop"),
};
static constexpr Argument spatialDropoutArguments[] = {
    rateArgument("share of the channels to drop"),
};
static constexpr Argument stochasticDepthArguments[] = {
    rateArgument("share of the images to drop"),
};
static constexpr Argument gaussianNoiseArguments[] = {
    {.name = "stddev",
     .kind = Kind::Number,
     .fallback = required,
     .doc = "standard deviation of the noise",
     .range = notNegative},
};

static constexpr Argument gaussianDropoutArguments[] = {
    rateArgument("share of the elements that Dropout would drop"),
};

static constexpr Row rows[] = {
    {"Dropout", "dropout", "drops elements at random, in training only",
     "Dropout: {rate: 0.3}", dropoutArguments, buildDropout},
    {"SpatialDropout1D", "spatial_dropout1d",
     "drops whole channels of sequences", "SpatialDropout1D: {rate: 0.1}",
     spatialDropoutArguments, buildSpatialDropout1D},
    {"SpatialDropout2D", "spatial_dropout2d", "drops whole channels of images",
     "SpatialDropout2D: {rate: 0.1}", spatialDropoutArguments,
     buildSpatialDropout2D},
    {"StochasticDepth", "stochastic_depth",
     "drops whole images of a residual branch (Huang et al., 2016)",
     "StochasticDepth: {rate: 0.1}", stochasticDepthArguments,
     buildStochasticDepth},
    {"GaussianNoise", "gaussian_noise", "adds normal noise, in training only",
     "GaussianNoise: {stddev: 0.1}", gaussianNoiseArguments,
     buildGaussianNoise},
    {"GaussianDropout", "gaussian_dropout",
     "multiplies with normal noise of mean 1 and variance rate / (1 - rate), "
     "in "
     "training only",
     "GaussianDropout: {rate: 0.2}", gaussianDropoutArguments,
     buildGaussianDropout},
};

llvm::ArrayRef<Row> lathe::frontend::dropoutLayers() { return rows; }
