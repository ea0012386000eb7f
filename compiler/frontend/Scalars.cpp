//===- Scalars.cpp - Texts of numbers, flags and names --------------------===//
#include "compiler/frontend/Scalars.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using llvm::StringRef;

std::optional<int64_t> lathe::frontend::parseInteger(StringRef text) {
  int64_t value;
  text.consume_front("+");
  if (text.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

/// The conversion also takes "inf", "nan" and hexadecimal floats; the language
/// does not.
static std::optional<double> parseDecimal(StringRef text) {
  double value;
  bool decimal = text.find_first_not_of("0123456789.eE+-") == StringRef::npos &&
                 text.find_first_of("0123456789") != StringRef::npos;
  if (!decimal || !llvm::to_float(text, value) || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<double> lathe::frontend::parseNumber(StringRef text) {
  auto [numerator, denominator] = text.split('/');
  std::optional<double> value = parseDecimal(numerator.trim());
  if (!value || !text.contains('/'))
    return value;
  std::optional<double> divisor = parseDecimal(denominator.trim());
  if (!divisor || !std::isfinite(*value / *divisor))
    return std::nullopt;
  return *value / *divisor;
}

std::optional<bool> lathe::frontend::parseFlag(StringRef text) {
  return llvm::StringSwitch<std::optional<bool>>(text)
      .Cases({"true", "True"}, true)
      .Cases({"false", "False"}, false)
      .Default(std::nullopt);
}

bool lathe::frontend::isIdentifier(StringRef text) {
  return isName(text) && !text.contains('-');
}

bool lathe::frontend::isName(StringRef text) {
  return !text.empty() && text.size() <= 64 && llvm::isAlpha(text.front()) &&
         llvm::all_of(text, [](char c) {
           return llvm::isAlnum(c) || c == '_' || c == '-';
         });
}
