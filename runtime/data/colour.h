// colour.h: colours as users write them; of the compiler, too.
#pragma once

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace lathe {

using Colour = std::optional<std::array<uint8_t, 3>>;

constexpr const char *colour_forms = "white, black, none or #rrggbb";

// One of the above; "none" gives no colour. False for anything else.
inline bool parse_colour(const std::string &text, Colour &colour) {
  colour.reset();
  if (text == "none")
    return true;
  if (text == "white" || text == "black") {
    const uint8_t level = text == "white" ? 255 : 0;
    colour = {level, level, level};
    return true;
  }
  if (text.size() != 7 || text[0] != '#')
    return false;
  for (size_t i = 1; i < text.size(); ++i)
    if (!std::isxdigit(static_cast<unsigned char>(text[i])))
      return false;
  const long value = std::strtol(text.c_str() + 1, nullptr, 16);
  colour = {uint8_t(value >> 16), uint8_t(value >> 8), uint8_t(value)};
  return true;
}

} // namespace lathe
