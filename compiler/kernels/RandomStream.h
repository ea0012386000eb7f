//===- RandomStream.h - Random numbers inside kernels -----------*- C++ -*-===//
//
// Counter-based: a number depends on the element's number in the whole batch
// and on a stream (seed, iteration, key) alone, so that it is the same on every
// machine and for any number of threads.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_RANDOMSTREAM_H
#define LATHE_COMPILER_KERNELS_RANDOMSTREAM_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

/// The stream of a node whose last two operands are the iteration and the seed
/// and which has the attribute `key`.
class RandomStream {
public:
  RandomStream(Builder &builder, const Node &node);
  /// 32 random bits for a number.
  Halide::Expr bits(const Halide::Expr &number) const;
  /// 32 more, independent of `bits`.
  Halide::Expr moreBits(const Halide::Expr &number) const;

private:
  Halide::Func stream; ///< two 32-bit keys
};

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_RANDOMSTREAM_H
