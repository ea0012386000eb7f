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
#include "compiler/kernels/VectorMath.h"

using namespace Halide;

namespace lathe::kernels {

static Expr u32(uint32_t value) { return cast<uint32_t>(Expr(value)); }

static Expr hash(Expr x, const Expr &between) {
  x = (x ^ (x >> u32(16))) * u32(0x21f0aaad) + between;
  x = (x ^ (x >> u32(15))) * u32(0x735a2d97);
  return x ^ (x >> u32(15));
}

/// Absorbs a word into two keys, which become two others.
static std::pair<Func, Func> absorb(const Expr &state, const Expr &other,
                                    const Expr &word,
                                    const std::vector<Var> &of) {
  std::vector<Expr> at(of.begin(), of.end());
  Func first("absorbed"), both("stream");
  first(of) = hash(state + u32(0x9e3779b9) + word, other);
  both(of) = Tuple(first(at), hash(other + u32(0x85ebca6b) + word, first(at)));
  return {first, both};
}

RandomStream::RandomStream(Builder &b, const Node &node) {
  size_t count = node.operands.size();
  if (count < 2)
    throw NotApplicable(node.op + " takes the iteration and the seed");
  int64_t key = intAttribute(node, "key", 0);

  // All bits of seed, iteration and key, absorbed in turn.
  first = u32(static_cast<uint32_t>(key));
  second = u32(static_cast<uint32_t>(key >> 32));
  for (size_t operand : {count - 1, count - 2}) {
    Expr number = b.operand(node, operand).at({});
    for (int shift : {0, 32}) {
      Expr word = cast<uint32_t>(number >> cast<int64_t>(shift));
      auto [one, both] = absorb(first, second, word, {});
      b.scalars.insert(b.scalars.end(), {one, both});
      first = both()[0];
      second = both()[1];
    }
  }
}

Expr RandomStream::bits(const Expr &counter) const {
  return hash(cast<uint32_t>(counter) + first, second);
}

Expr RandomStream::moreBits(const Expr &counter) const {
  return hash(cast<uint32_t>(counter) + second, first);
}

Expr RandomStream::fraction(const Expr &bits) {
  return cast<float>(cast<int32_t>(bits >> u32(8))) * 5.96046448e-8f;
}

/// sqrt(-2 log u) cos(2 pi v) with u in (0, 1] and v in [0, 1) (Box and Muller,
/// 1958).
Expr RandomStream::normal(const Expr &counter) const {
  Expr u = fraction(bits(counter)) + 5.96046448e-8f;
  Expr v = fraction(moreBits(counter));
  Expr radius = sqrt(max(-2.0f * vectorLog(u), 0.0f));
  // cos(2 pi v) = sin(2 pi (|v - 1/2| - 1/4)).
  return radius * vectorSinTurns(abs(v - 0.5f) - 0.25f);
}

ImageStreams::ImageStreams(Builder &b,
                           const std::function<Expr(int, Expr)> &drawn) {
  auto word = [&](int i) { return cast<uint32_t>(max(drawn(i, vn), 0.0f)); };
  auto [first, second] = absorb(word(0), word(1), u32(0), {vn});
  b.helpers.insert(b.helpers.end(), {first, second});
  keys = second;
}

RandomStream ImageStreams::of(const Expr &image) const {
  return {keys(image)[0], keys(image)[1]};
}

} // namespace lathe::kernels
