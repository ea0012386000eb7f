//===- Report.cpp - Outcomes by category ----------------------------------===//
#include "test/conformance/Report.h"
#include <array>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

using namespace lathe::conformance;

static constexpr std::array verdictNames = {"passed", "refused", "wrong",
                                            "crashed"};

static const char *nameOf(Verdict verdict) {
  return verdictNames[size_t(verdict)];
}

std::string lathe::conformance::table(const std::vector<Result> &results,
                                      bool showRefused) {
  std::map<std::string, std::array<unsigned, 4>> counts;
  std::array<unsigned, 4> all{};
  for (const Result &result : results) {
    ++counts[result.test.category][size_t(result.outcome.verdict)];
    ++all[size_t(result.outcome.verdict)];
  }
  auto line = [](const std::string &name, const std::array<unsigned, 4> &c) {
    return fmt::format("{:<14}{:>8}{:>8}{:>8}{:>8}{:>8}\n", name,
                       c[0] + c[1] + c[2] + c[3], c[0], c[1], c[2], c[3]);
  };
  std::string text =
      fmt::format("{:<14}{:>8}{:>8}{:>8}{:>8}{:>8}\n", "category", "cases",
                  "passed", "refused", "wrong", "crashed");
  for (const auto &[category, count] : counts)
    text += line(category, count);
  text += line("all", all);
  for (const Result &result : results)
    if (result.outcome.verdict > Verdict::Refused ||
        (showRefused && result.outcome.verdict == Verdict::Refused))
      text += fmt::format("{} {}: {}\n", nameOf(result.outcome.verdict),
                          result.test.name, result.outcome.message);
  return text;
}

std::string lathe::conformance::json(const std::vector<Result> &results) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Result &result : results)
    list.push_back({{"category", result.test.category},
                    {"test", result.test.name},
                    {"outcome", nameOf(result.outcome.verdict)},
                    {"message", result.outcome.message}});
  return list.dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}
