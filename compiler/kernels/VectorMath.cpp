//===- VectorMath.cpp - Functions of vectors -----------------------------===//

#include "compiler/kernels/VectorMath.h"
#include "compiler/kernels/Ieee.h"

using namespace Halide;

namespace lathe::kernels {

Expr polynomial(const Expr &x, const std::vector<float> &coefficients) {
  Expr sum = coefficients.front();
  for (size_t i = 1; i < coefficients.size(); ++i)
    sum = sum * x + coefficients[i];
  return sum;
}

/// (e^x - 1 - x)/x^2 for |x| <= log(2)/2, from the Cephes library's expf.
static Expr expTail(const Expr &x) {
  return polynomial(x, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                        4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f});
}

Expr vectorExp(const Expr &x) {
  // x = k log 2 + r, log 2 in two parts.
  Expr k = floor(clamp(x * 1.44269504f, -126.0f, 127.0f) + 0.5f);
  Expr r = x - k * 0.693359375f;
  r = r - k * -2.12194440e-4f;
  Expr power =
      reinterpret<float>((cast<int32_t>(k) + 127) << cast<int32_t>(23));
  Expr result = (expTail(r) * (r * r) + r + 1.0f) * power;
  result = select(x > 88.7228f, Float(32).max(), result);
  return keepNaN(x, select(x < -87.3365f, 0.0f, result));
}

Expr vectorExpm1(const Expr &x) {
  return select(abs(x) < 0.3f, expTail(x) * (x * x) + x, vectorExp(x) - 1.0f);
}

/// 2 atanh(s)/s, the series of log((1 + s)/(1 - s)), for |s| <= 1/3.
static Expr atanhSeries(const Expr &s) {
  return polynomial(s * s, {2 / 13.0f, 2 / 11.0f, 2 / 9.0f, 2 / 7.0f, 2 / 5.0f,
                            2 / 3.0f, 2.0f});
}

Expr vectorLog(const Expr &x) {
  // x = m 2^k with m in [0.75, 1.5).
  Expr bits = reinterpret<int32_t>(x);
  Expr k = (bits - 0x3f400000) >> cast<int32_t>(23);
  Expr m = reinterpret<float>(bits - (k << cast<int32_t>(23)));
  Expr s = (m - 1.0f) / (m + 1.0f);
  Expr result = s * atanhSeries(s) + cast<float>(k) * 0.69314718f;
  return select((bits & 0x7fffffff) >= 0x7f800000, x, result);
}

Expr vectorLogOfAny(const Expr &x) {
  // Subnormal numbers are scaled by 2^23.
  Expr tiny = x < 1.17549435e-38f;
  Expr normal = vectorLog(select(tiny, x * 8388608.0f, x));
  Expr result = select(tiny, normal - 15.9423852f, normal);
  return select(x < 0.0f, reinterpret<float>(Expr(0x7fc00000)), x == 0.0f,
                Float(32).min(), result);
}

Expr vectorPower(const Expr &x, const Expr &y) {
  Expr result = vectorExp(y * vectorLogOfAny(abs(x)));
  Expr whole = floor(y) == y, odd = whole && differs(floor(0.5f * y), 0.5f * y);
  result = select(reinterpret<int32_t>(x) < 0 && odd, -result, result);
  result = select(x < 0.0f && !isInfinite(x) && !whole,
                  reinterpret<float>(Expr(0x7fc00000)), result);
  Expr one = y == 0.0f || x == 1.0f || (x == -1.0f && isInfinite(y));
  return select(one, 1.0f, result);
}

Expr vectorLog1p(const Expr &x) {
  Expr s = x / (2.0f + x);
  return s * atanhSeries(s);
}

Expr vectorSigmoid(const Expr &x) {
  Expr t = vectorExp(-abs(x));
  return select(x < 0.0f, t, 1.0f) / (1.0f + t);
}

Expr vectorTanh(const Expr &x) {
  // Small arguments by Cephes' tanhf, the others from e^(-2|x|).
  Expr z = x * x;
  Expr small =
      polynomial(z, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                     1.33314422036e-1f, -3.33332819422e-1f}) *
          z * x +
      x;
  Expr t = vectorExp(-2.0f * abs(x));
  Expr large = (1.0f - t) / (1.0f + t);
  return select(abs(x) < 0.625f, small, select(x < 0.0f, -large, large));
}

Expr vectorNormalDistribution(const Expr &x) {
  // erfc(z) = e^(-z^2) t P(t) with t = 1/(1 + z/2), z >= 0; P is fitted to
  // relative errors below 5e-8.
  Expr t = 1.0f / (1.0f + 0.35355339f * abs(x));
  Expr tail = polynomial(t, {-0.0590696937f, 0.284578432f, -0.487206823f,
                             0.278074752f, -0.026630642f, 0.202688856f,
                             0.243103294f, 0.282375368f, 0.282086415f});
  Expr half = 0.5f * vectorExp(x * x * -0.5f) * (t * tail);
  return select(x < 0.0f, half, 1.0f - half);
}

Expr vectorSinTurns(const Expr &x) {
  Expr a = x * 6.28318531f; // Taylor's series
  return a * polynomial(a * a, {-1 / 39916800.0f, 1 / 362880.0f, -1 / 5040.0f,
                                1 / 120.0f, -1 / 6.0f, 1.0f});
}

} // namespace lathe::kernels
