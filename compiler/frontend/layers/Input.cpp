//===- Input.cpp - Scaling of pixels --------------------------------------===//
#include "compiler/frontend/layers/Layers.h"
#include <cmath>

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

static Value buildRescaling(LayerBuilder &layer) {
  return layer.scale(layer.getInput(), layer.argument("scale").number,
                     layer.argument("offset").number);
}

/// Keras keeps deviations away from 0.
static double deviation(double variance) {
  return std::max(std::sqrt(variance), 1e-7);
}

static Value constant(LayerBuilder &layer, llvm::ArrayRef<float> values) {
  auto type = mlir::RankedTensorType::get(values.size(),
                                          layer.getBuilder().getF32Type());
  return nn::ConstantOp::create(layer.getBuilder(), layer.getLoc(),
                                mlir::DenseElementsAttr::get(type, values));
}

/// The longest vector of constants that kernels hold.
constexpr size_t mostChannels = 1024;

/// What a layer measures of the training data.
static nn::VariableOp measured(LayerBuilder &layer, llvm::StringRef name,
                               llvm::ArrayRef<int64_t> shape,
                               llvm::StringRef first) {
  nn::VariableOp variable = layer.declare(
      name, mlir::RankedTensorType::get(shape, layer.getBuilder().getF32Type()),
      {first.str(), {}});
  variable.setTrainable(false);
  return variable;
}

/// With the moments of the training data, which train measures. The artifact
/// takes the last variable for the number of samples.
static Value buildAdapted(LayerBuilder &layer) {
  nn::VariableOp mean = measured(layer, "mean", unknown, "zeros");
  nn::VariableOp variance = measured(layer, "variance", unknown, "ones");
  nn::VariableOp count = measured(layer, "count", unknown, "zeros");
  return layer.create<nn::AdaptedNormOp>(layer.getInput(), layer.read(mean),
                                         layer.read(variance),
                                         layer.read(count));
}

static Value buildZcaWhitening(LayerBuilder &layer) {
  const Setting &adapt = layer.argument("adapt");
  if (!adapt.flag)
    return layer.error(adapt, "ZCAWhitening always measures the training data");
  mlir::OpBuilder &builder = layer.getBuilder();
  nn::VariableOp mean = measured(layer, "mean", unknown, "zeros");
  nn::VariableOp covariance =
      measured(layer, "covariance", {unknown, unknown}, "zeros");
  nn::VariableOp matrix =
      measured(layer, "matrix", {unknown, unknown}, "zeros");
  nn::VariableOp count = measured(layer, "count", unknown, "zeros");
  matrix->setAttr(
      nn::whiteningAttr,
      builder.getDictionaryAttr(
          {builder.getNamedAttr("covariance", mlir::FlatSymbolRefAttr::get(
                                                  covariance.getSymNameAttr())),
           builder.getNamedAttr(
               "epsilon",
               builder.getF64FloatAttr(layer.argument("epsilon").number))}));
  return layer.create<nn::AdaptedWhiteningOp>(
      layer.getInput(), layer.read(mean), layer.read(covariance),
      layer.read(matrix), layer.read(count),
      builder.getBoolAttr(!layer.argument("axis").written));
}

static Value buildNormalization(LayerBuilder &layer) {
  llvm::ArrayRef<double> means = layer.argument("mean").numbers;
  const Setting &mean = layer.argument("mean");
  const Setting &variance = layer.argument("variance");
  const Setting &adapt = layer.argument("adapt");
  bool isGiven = mean.written || variance.written;
  if (adapt.flag && isGiven)
    return layer.error(adapt, "adapt measures mean and variance; remove them, "
                              "or adapt");
  if (adapt.flag)
    return buildAdapted(layer);
  if (!mean.written || !variance.written)
    return layer.error(isGiven ? mean.written ? mean : variance : adapt,
                       "Normalization needs mean and variance, or adapt: true, "
                       "which measures the training data");
  llvm::ArrayRef<double> variances = variance.numbers;
  if (means.size() == 1 && variances.size() == 1)
    return layer.scale(layer.getInput(), 1 / deviation(variances[0]),
                       -means[0] / deviation(variances[0]));
  if (means.size() != variances.size())
    return layer.error(variance, "mean and variance must have as many numbers "
                                 "as each other");
  if (means.size() > mostChannels)
    return layer.error(layer.argument("mean"),
                       "mean has " + llvm::Twine(means.size()) +
                           " numbers, but Normalization takes at most " +
                           llvm::Twine(mostChannels) +
                           "; normalize the data, or use BatchNormalization");
  llvm::SmallVector<float> shifts, factors;
  for (auto [mean, variance] : llvm::zip(means, variances)) {
    shifts.push_back(static_cast<float>(mean));
    factors.push_back(static_cast<float>(1 / deviation(variance)));
  }
  Value centred =
      layer.create<nn::SubtractOp>(layer.getInput(), constant(layer, shifts));
  return layer.create<nn::MultiplyOp>(centred, constant(layer, factors));
}

static constexpr Argument rescalingArguments[] = {
    {.name = "scale",
     .kind = Kind::Number,
     .fallback = required,
     .doc = "factor"},
    {.name = "offset",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "added after the scaling"},
};

static constexpr Argument normalizationArguments[] = {
    {.name = "mean",
     .kind = Kind::PerChannel,
     .fallback = none,
     .doc = "of all elements, or of each channel",
     .byName = true},
    {.name = "variance",
     .kind = Kind::PerChannel,
     .fallback = none,
     .doc = "of all elements, or of each channel",
     .range = notNegative},
    {.name = "adapt",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "measure mean and variance of each channel of the training data "
            "before the first step, as Keras's adapt"},
};

static constexpr Argument zcaWhiteningArguments[] = {
    {.name = "axis",
     .kind = Kind::Integer,
     .fallback = none,
     .doc =
         "-1: the channels of each pixel against each other; without it, all "
         "elements of a sample, up to 1,024",
     .range = {-1, -1},
     .byName = true},
    {.name = "epsilon",
     .kind = Kind::Number,
     .fallback = "1e-6",
     .doc = "added to the eigenvalues of the covariance",
     .range = positive},
    {.name = "adapt",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc =
         "measure the training data before the first step; there is no other "
         "way"},
};

static constexpr Row rows[] = {
    {"Rescaling", "rescaling", "y = scale * x + offset",
     "Rescaling: {scale: 1/255}", rescalingArguments, buildRescaling},
    {"Normalization", "normalization", "y = (x - mean) / sqrt(variance)",
     "Normalization: {mean: 0.5, variance: 0.25}", normalizationArguments,
     buildNormalization},
    {"ZCAWhitening", "zca_whitening",
     "mean 0 and uncorrelated, of variance 1, by the smallest change that does "
     "it: y = (x - mean) (covariance + epsilon I)^(-1/2)",
     "ZCAWhitening: {axis: -1}", zcaWhiteningArguments, buildZcaWhitening},
};

llvm::ArrayRef<Row> lathe::frontend::inputLayers() { return rows; }
