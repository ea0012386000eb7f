//===- Dropout.cpp - Random zeros and random noise -----------------------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/RandomStream.h"

#include <cmath>

using namespace Halide;

namespace lathe::kernels {

/// y = keep ? x / (1 - rate) : 0. Elements that differ along the shared axes
/// alone have one number, and so are kept or dropped together.
void buildDropout(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 3)
    throw NotApplicable("dropout takes a tensor, the iteration and the seed");
  TensorType type = node.results.at(0);
  Value x = broadcastTo(b.operand(node, 0), type);
  double rate = floatAttribute(node, "rate", 0.5);
  if (!(rate >= 0 && rate < 1))
    throw NotApplicable("dropout: rate is outside [0, 1)");
  RandomStream stream(b, node);
  for (size_t axis : axesAttribute(node, "shared_axes", type.shape.size()))
    type.shape[axis] = 1;

  int threshold = static_cast<int>(std::lround(rate * 2147483648.0 - 0.5));
  float factor = static_cast<float>(1 / (1 - rate));
  Builder *builder = &b;
  b.values[firstResult].at = [=](const Index &i) {
    Expr bits = stream.bits(flatIndex(*builder, type, i));
    Expr keep = cast<int32_t>(bits >> cast<uint32_t>(1)) > threshold;
    return select(keep, x.at(i) * factor, 0.0f);
  };
}

/// y = x + stddev · z, z from a standard normal distribution.
void buildGaussianNoise(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 3)
    throw NotApplicable(
        "gaussian_noise takes a tensor, the iteration and the seed");
  TensorType type = node.results.at(0);
  Value x = broadcastTo(b.operand(node, 0), type);
  RandomStream stream(b, node);
  float deviation = static_cast<float>(floatAttribute(node, "stddev", 1));
  Builder *builder = &b;
  b.values[firstResult].at = [=](const Index &i) {
    return x.at(i) + deviation * stream.normal(flatIndex(*builder, type, i));
  };
}

} // namespace lathe::kernels
