//===- RandomStream.h - Random numbers inside kernels -----------*- C++ -*-===//
//
// Counter-based: a number depends on its counter, such as an element's number
// in the whole batch, and on a stream alone, so that it is the same on every
// machine and for any number of threads.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_RANDOMSTREAM_H
#define LATHE_COMPILER_KERNELS_RANDOMSTREAM_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

class RandomStream {
public:
  /// The stream (seed, iteration, key) of a node whose last two operands are
  /// the iteration and the seed and which has the attribute `key`.
  RandomStream(Builder &builder, const Node &node);
  /// The stream of two keys.
  RandomStream(Halide::Expr first, Halide::Expr second)
      : first(std::move(first)), second(std::move(second)) {}

  /// 32 random bits for a counter.
  Halide::Expr bits(const Halide::Expr &counter) const;
  /// 32 more, independent of `bits`.
  Halide::Expr moreBits(const Halide::Expr &counter) const;
  /// A number in [0, 1) of 24 of these bits: what a float holds.
  static Halide::Expr fraction(const Halide::Expr &bits);
  /// Standard normal, of both.
  Halide::Expr normal(const Halide::Expr &counter) const;

private:
  Halide::Expr first, second; ///< 32-bit keys
};

/// A stream for each image, by two numbers below 2^24 that were drawn for it.
class ImageStreams {
public:
  ImageStreams(Builder &builder,
               const std::function<Halide::Expr(int, Halide::Expr)> &drawn);
  RandomStream of(const Halide::Expr &image) const;

private:
  Halide::Func keys;
};

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_RANDOMSTREAM_H
