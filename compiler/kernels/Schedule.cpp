//===- Schedule.cpp - Texts of schedules and kernels ---------------------===//

#include "compiler/kernels/Kernel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <charconv>

namespace lathe::kernels {

std::string toString(const Schedule &schedule) {
  std::string text = schedule.strategy + "{";
  for (const auto &[name, value] : schedule.parameters)
    text += fmt::format("{}{}={}", text.back() == '{' ? "" : ", ", name, value);
  return text + "}";
}

namespace {
/// A cursor over the text `name{name=integer, ...}`.
class Reader {
public:
  explicit Reader(const std::string &text) : text(text) {}

  bool take(char c) {
    skipSpace();
    if (position == text.size() || text[position] != c)
      return false;
    ++position;
    return true;
  }
  std::optional<std::string> name() {
    skipSpace();
    size_t start = position;
    while (position < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[position])) ||
            text[position] == '_'))
      ++position;
    if (start == position ||
        std::isdigit(static_cast<unsigned char>(text[start])))
      return std::nullopt;
    return text.substr(start, position - start);
  }
  std::optional<int64_t> integer() {
    skipSpace();
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data() + position,
                                        text.data() + text.size(), value);
    if (error != std::errc())
      return std::nullopt;
    position = end - text.data();
    return value;
  }
  bool atEnd() {
    skipSpace();
    return position == text.size();
  }

private:
  void skipSpace() {
    while (position < text.size() &&
           std::isspace(static_cast<unsigned char>(text[position])))
      ++position;
  }
  const std::string &text;
  size_t position = 0;
};
} // namespace

std::optional<Schedule> parseSchedule(const std::string &text) {
  Reader reader(text);
  Schedule schedule;
  std::optional<std::string> strategy = reader.name();
  if (!strategy || !reader.take('{'))
    return std::nullopt;
  schedule.strategy = *strategy;
  while (!reader.take('}')) {
    if (!schedule.parameters.empty() && !reader.take(','))
      return std::nullopt;
    std::optional<std::string> name = reader.name();
    if (!name || !reader.take('='))
      return std::nullopt;
    std::optional<int64_t> value = reader.integer();
    if (!value || !schedule.parameters.emplace(*name, *value).second)
      return std::nullopt;
  }
  return reader.atEnd() ? std::optional(schedule) : std::nullopt;
}

static std::string toString(const TensorType &type) {
  std::string text;
  for (int64_t size : type.shape)
    text += size == dynamicBatch ? "nx" : fmt::format("{}x", size);
  return text + describe(type.element).name;
}

static std::string toString(const Attribute &attribute) {
  if (const auto *value = std::get_if<int64_t>(&attribute))
    return fmt::format("{}", *value);
  if (const auto *value = std::get_if<double>(&attribute))
    return fmt::format("{:a}", *value); // exact
  if (const auto *value = std::get_if<std::string>(&attribute))
    return fmt::format("{}:{}", value->size(), *value);
  if (const auto *value = std::get_if<std::vector<double>>(&attribute))
    return fmt::format("[{:a}]", fmt::join(*value, " "));
  return fmt::format("[{}]",
                     fmt::join(std::get<std::vector<int64_t>>(attribute), " "));
}

std::string signature(const KernelSpec &spec) {
  std::string text = "(";
  for (const TensorType &input : spec.inputs)
    text += fmt::format("{}{}", text.size() == 1 ? "" : ",", toString(input));
  text += ")";
  for (const Node &node : spec.nodes) {
    text += fmt::format(";{}({})", node.op, fmt::join(node.operands, ","));
    for (const auto &[name, value] : node.attributes)
      text += fmt::format("{{{}={}}}", name, toString(value));
    for (const TensorType &result : node.results)
      text += ">" + toString(result);
  }
  bool anyInPlace = false;
  for (int input : spec.inPlace)
    anyInPlace |= input >= 0;
  text += fmt::format(";return({})", fmt::join(spec.results, ","));
  if (anyInPlace)
    text += fmt::format("@({})", fmt::join(spec.inPlace, ","));
  return text;
}

} // namespace lathe::kernels
