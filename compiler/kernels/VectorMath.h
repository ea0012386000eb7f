//===- VectorMath.h - Functions of vectors ----------------------*- C++ -*-===//
//
// exp, log and their relatives in float, out of arithmetic alone, so that they
// vectorise on every target and agree in vectors and scalars. Errors are a few
// units in the last place; NaN gives NaN, and no finite argument gives NaN.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_VECTORMATH_H
#define LATHE_COMPILER_KERNELS_VECTORMATH_H

#include <Halide.h>

namespace lathe::kernels {

/// The coefficient of the highest power comes first.
Halide::Expr polynomial(const Halide::Expr &x,
                        const std::vector<float> &coefficients);

/// e^x: 0 below -87.3, infinity above 88.7.
Halide::Expr vectorExp(const Halide::Expr &x);
/// e^x - 1, exact for small x too.
Halide::Expr vectorExpm1(const Halide::Expr &x);
/// log(x) of a positive normal number, infinity or NaN.
Halide::Expr vectorLog(const Halide::Expr &x);
/// log(x) of any number.
Halide::Expr vectorLogOfAny(const Halide::Expr &x);
/// x^y, C's special cases included.
Halide::Expr vectorPower(const Halide::Expr &x, const Halide::Expr &y);
/// log(1 + x) for x between 0 and 1.
Halide::Expr vectorLog1p(const Halide::Expr &x);
/// 1/(1 + e^-x).
Halide::Expr vectorSigmoid(const Halide::Expr &x);
Halide::Expr vectorTanh(const Halide::Expr &x);
/// (1 + erf(x/sqrt 2))/2, the distribution of a normal variable.
Halide::Expr vectorNormalDistribution(const Halide::Expr &x);
/// sin(2 pi x) for x between -1/4 and 1/4.
Halide::Expr vectorSinTurns(const Halide::Expr &x);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_VECTORMATH_H
