//===- Dropout.cpp - Random zeros ----------------------------------------===//
//
// y = keep ? x / (1 - rate) : 0, where `keep` depends on the element's number
// in the whole batch and a stream (seed, iteration, key) alone: the same bits
// on every machine, for any number of threads and in either direction.
//
// hash(i) is the two-round multiply-xorshift function "lowbias32" of Chris
// Wellons' hash-prospector (github.com/skeeto/hash-prospector), with the better
// constants found there later (shifts 16, 15, 15; multipliers 0x21f0aaad and
// 0x735a2d97). The stream gives two keys: one is added before the first round,
// one between the rounds. Two streams therefore differ by more than an offset.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Elementwise.h"
#include "compiler/kernels/Families.h"

#include <cmath>

using namespace Halide;

namespace lathe::kernels {

static Expr u32(uint32_t value) { return cast<uint32_t>(Expr(value)); }

static Expr hash(Expr x, const Expr &between) {
  x = (x ^ (x >> u32(16))) * u32(0x21f0aaad) + between;
  x = (x ^ (x >> u32(15))) * u32(0x735a2d97);
  return x ^ (x >> u32(15));
}

void buildDropout(Builder &b, const Node &node, int firstResult) {
  if (node.operands.size() != 3)
    throw NotApplicable("dropout takes a tensor, the iteration and the seed");
  Value x = b.operand(node, 0);
  double rate = floatAttribute(node, "rate", 0.5);
  if (!(rate >= 0 && rate < 1))
    throw NotApplicable("dropout: rate is outside [0, 1)");
  int64_t key = intAttribute(node, "key", 0);

  // The stream's keys: all bits of seed, iteration and key, absorbed in turn.
  Expr state = u32(static_cast<uint32_t>(key)),
       other = u32(static_cast<uint32_t>(key >> 32));
  Func stream;
  for (size_t operand : {2, 1}) {
    Expr number = b.operand(node, operand).at({});
    for (int shift : {0, 32}) {
      Expr word = cast<uint32_t>(number >> cast<int64_t>(shift));
      Func first("absorbed"), both("stream");
      first() = hash(state + u32(0x9e3779b9) + word, other);
      both() = Tuple(first(), hash(other + u32(0x85ebca6b) + word, first()));
      b.scalars.insert(b.scalars.end(), {first, both});
      stream = both;
      state = both()[0];
      other = both()[1];
    }
  }

  int threshold = static_cast<int>(std::lround(rate * 2147483648.0 - 0.5));
  float factor = static_cast<float>(1 / (1 - rate));
  TensorType type = node.results.at(0);
  Builder *builder = &b;
  b.values[firstResult].at = [=](const Index &i) {
    Expr bits = hash(flatIndex(*builder, type, i) + stream()[0], stream()[1]);
    Expr keep = cast<int32_t>(bits >> u32(1)) > threshold;
    return select(keep, x.at(i) * factor, 0.0f);
  };
}

} // namespace lathe::kernels
