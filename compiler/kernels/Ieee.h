//===- Ieee.h - NaN, infinity and zero in kernels ---------------*- C++ -*-===//
//
// Halide simplifies floats as if none were NaN, and lets LLVM assume so: which
// operand a maximum returns, and what a comparison says, is left to chance. The
// functions below mean what IEEE 754 says. Each is an opaque call until the
// kernel is lowered; `expandIeee` replaces it by the cheapest exact form.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_IEEE_H
#define LATHE_COMPILER_KERNELS_IEEE_H

#include <Halide.h>

namespace lathe::kernels {

/// NaN where one of the operands is NaN. Costs nothing where one is a constant.
/// Halide's own `max` and `min` are for values whose NaN comes out elsewhere.
Halide::Expr ieeeMax(const Halide::Expr &a, const Halide::Expr &b);
Halide::Expr ieeeMin(const Halide::Expr &a, const Halide::Expr &b);
Halide::Expr ieeeClamp(const Halide::Expr &x, const Halide::Expr &low,
                       const Halide::Expr &high);

// Halide turns a <= b into !(b < a), which holds for NaN. Comparisons by <, >
// and == stay what they are.

/// a <= b; false for NaN.
Halide::Expr atMost(const Halide::Expr &a, const Halide::Expr &b);
/// a != b; true for NaN.
Halide::Expr differs(const Halide::Expr &a, const Halide::Expr &b);
/// Whether one of them is NaN.
Halide::Expr unordered(const Halide::Expr &a, const Halide::Expr &b);
inline Halide::Expr isNaN(const Halide::Expr &x) { return unordered(x, x); }
/// By its bits: LLVM takes results of arithmetic to be finite, and has folded
/// comparisons with infinity.
Halide::Expr isInfinite(const Halide::Expr &x);
/// x where it is NaN, else the result.
Halide::Expr keepNaN(const Halide::Expr &x, const Halide::Expr &result);
/// x times a constant that Halide would simplify away, 0 first of all.
Halide::Expr timesExactly(const Halide::Expr &x, float factor);

/// The names of the calls, for the C++ emitter, which prints them as they are.
namespace ieee {
inline constexpr const char *maximum = "lathe_maximum";
inline constexpr const char *minimum = "lathe_minimum";
inline constexpr const char *atMost = "lathe_at_most";
inline constexpr const char *differs = "lathe_differs";
inline constexpr const char *unordered = "lathe_unordered";
} // namespace ieee

/// Replaces the calls in a lowered kernel that LLVM will compile, and makes
/// every comparison and selection of floats exact. Arithmetic stays free to
/// contract.
void expandIeee(Halide::Module &module);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_IEEE_H
