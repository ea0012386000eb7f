//===- RandomStream.cpp - Random numbers inside kernels ------------------===//
//
// hash(i) is the two-round multiply-xorshift function "lowbias32" of Chris
// Wellons' hash-prospector (github.com/skeeto/hash-prospector), with the better
// constants found there later (shifts 16, 15, 15; multipliers 0x21f0aaad and
// 0x735a2d97). The stream gives two keys: one is added before the first round,
// one between the rounds. Two streams therefore differ by more than an offset.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/RandomStream.h"

using namespace Halide;

namespace lathe::kernels {

static Expr u32(uint32_t value) { return cast<uint32_t>(Expr(value)); }

static Expr hash(Expr x, const Expr &between) {
  x = (x ^ (x >> u32(16))) * u32(0x21f0aaad) + between;
  x = (x ^ (x >> u32(15))) * u32(0x735a2d97);
  return x ^ (x >> u32(15));
}

RandomStream::RandomStream(Builder &b, const Node &node) {
  size_t count = node.operands.size();
  if (count < 2)
    throw NotApplicable(node.op + " takes the iteration and the seed");
  int64_t key = intAttribute(node, "key", 0);

  // All bits of seed, iteration and key, absorbed in turn.
  Expr state = u32(static_cast<uint32_t>(key)),
       other = u32(static_cast<uint32_t>(key >> 32));
  for (size_t operand : {count - 1, count - 2}) {
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
}

Expr RandomStream::bits(const Expr &number) const {
  return hash(number + stream()[0], stream()[1]);
}

Expr RandomStream::moreBits(const Expr &number) const {
  return hash(number + stream()[1], stream()[0]);
}

} // namespace lathe::kernels
