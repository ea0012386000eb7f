//===- ValueRange.h - The values of black and white -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_VALUERANGE_H
#define LATHE_COMPILER_FRONTEND_VALUERANGE_H

#include "compiler/frontend/Check.h"
#include <optional>

namespace lathe::frontend {

/// From and to.
struct Interval {
  double low = 0, high = 0;
};

/// The argument `value_range` of layers for pictures.
constexpr Argument valueRangeArgument(llvm::StringLiteral doc,
                                      bool byName = false) {
  return {.name = "value_range",
          .kind = Kind::Interval,
          .fallback = "[0, 255]",
          .doc = doc,
          .byName = byName};
}

/// What it says; nothing where that is no range, which the message tells.
std::optional<Interval> valueRangeOf(const Setting &argument);
inline constexpr llvm::StringLiteral noValueRange =
    "value_range must be [low, high], and low less than high";

/// Warns of ranges that are not those of the values at their place, as far as
/// Rescaling tells these.
void warnOfValueRanges(const Source &source, const Setting &model);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_VALUERANGE_H
