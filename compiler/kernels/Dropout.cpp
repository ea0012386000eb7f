//===- Dropout.cpp - Random zeros and random noise -----------------------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/RandomStream.h"
#include "compiler/kernels/VectorMath.h"

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

/// y = x + stddev · z, z = sqrt(-2 log u) cos(2 pi v) with u in (0, 1] and v in
/// [0, 1) (Box and Muller, 1958).
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
    Expr number = flatIndex(*builder, type, i);
    // 24 bits each: what a float holds.
    auto fraction = [](const Expr &bits) {
      return cast<float>(cast<int32_t>(bits >> cast<uint32_t>(8)));
    };
    Expr u = (fraction(stream.bits(number)) + 1.0f) * 5.96046448e-8f;
    Expr v = fraction(stream.moreBits(number)) * 5.96046448e-8f;
    Expr radius = sqrt(max(-2.0f * vectorLog(u), 0.0f));
    // cos(2 pi v) = sin(2 pi (|v - 1/2| - 1/4)).
    Expr cosine = vectorSinTurns(abs(v - 0.5f) - 0.25f);
    return x.at(i) + deviation * (radius * cosine);
  };
}

} // namespace lathe::kernels
