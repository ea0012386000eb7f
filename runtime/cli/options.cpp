// options.cpp: what several commands have.
#include "runtime/checkpoint.h"
#include "runtime/cli/commands.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>

namespace lathe {

void add_weights_option(CLI::App &command, const lathe_model &model,
                        std::string &path) {
  const bool optional = has_weights(model);
  command
      .add_option("--weights", path,
                  optional ? "Checkpoint [the graph's own weights]"
                           : "Checkpoint")
      ->required(!optional)
      ->type_name("CKPT");
}

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
