// options.cpp: checks of options that several commands have.
#include "runtime/cli/commands.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>

namespace lathe {

CLI::Validator at_least_one() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        int64_t value = 0;
        if (!CLI::detail::lexical_cast(text, value))
          return fmt::format("'{}' is not an integer in range", text);
        return value >= 1 ? ""
                          : fmt::format("must be at least 1, but is {}", text);
      },
      "");
}

CLI::Validator above_zero() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        double value = 0;
        if (!CLI::detail::lexical_cast(text, value))
          return fmt::format("'{}' is not a number", text);
        return value > 0 && std::isfinite(value)
                   ? ""
                   : fmt::format("must be above 0, but is {}", text);
      },
      "");
}

} // namespace lathe
