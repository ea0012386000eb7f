//===- Enhance.h - What policies do to the colours of an image --*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_ENHANCE_H
#define LATHE_COMPILER_KERNELS_ENHANCE_H

#include "compiler/kernels/Builder.h"
#include "compiler/kernels/Ieee.h"

namespace lathe::kernels {

/// The function "enhance" of nn.adjust, which says what each operation does.
/// Images have one channel or three, and values from `low` to `high`.
class Enhancement {
public:
  /// What is drawn for an image: the number of an operation, and a number that
  /// this operation reads.
  Enhancement(Builder &builder, const Value &image, float low, float high,
              const std::function<Halide::Expr(Halide::Expr)> &operation,
              const std::function<Halide::Expr(Halide::Expr)> &number);

  /// A value of the enhanced image; `smoothed` is what sharpness blends with.
  Halide::Expr at(const Value &image, const Index &index,
                  const Halide::Expr &operation, const Halide::Expr &number,
                  const Halide::Expr &smoothed) const;

private:
  /// The mean of grey, where contrast is drawn.
  void addMean(Builder &builder, const Value &image,
               const std::function<Halide::Expr(Halide::Expr)> &operation);
  /// What each of 256 levels becomes.
  void addTable(Builder &builder, const Value &image,
                const std::function<Halide::Expr(Halide::Expr)> &operation,
                const std::function<Halide::Expr(Halide::Expr)> &number);
  Halide::Expr levelOf(const Halide::Expr &value) const;
  static Halide::Expr greyOf(const Value &image, Index index);

  float low, high;
  Halide::Func grey, table;
};

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ENHANCE_H
