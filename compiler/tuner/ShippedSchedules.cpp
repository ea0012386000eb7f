//===- ShippedSchedules.cpp - Schedules that come with Lathe --------------===//
#include "compiler/tuner/ShippedSchedules.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdlib>
#include <fmt/format.h>
#include <map>

using namespace llvm;
using namespace lathe;

/// Takes `name=NUMBER ` from the front of the line.
template <typename Number>
static bool takeNumber(StringRef &line, StringRef name, Number &number) {
  if (!line.consume_front(name) || !line.consume_front("="))
    return false;
  auto [digits, rest] = line.split(' ');
  line = rest.ltrim();
  return !digits.getAsInteger(10, number) && number >= 1;
}

Expected<std::vector<ShippedSchedule>>
lathe::parseShippedSchedules(StringRef text) {
  std::vector<ShippedSchedule> entries;
  std::optional<ShippedSchedule> open;
  unsigned number = 0;
  auto error = [&](const char *message) {
    return createStringError(fmt::format("line {}: {}", number, message));
  };
  for (StringRef line : split(text, '\n')) {
    ++number;
    bool indented = line.starts_with(" ");
    line = line.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    if (indented != open.has_value())
      return error(open ? "a schedule is expected, indented"
                        : "'batch=N threads=N SIGNATURE' is expected");
    if (!open) {
      open.emplace();
      if (!takeNumber(line, "batch", open->batch) ||
          !takeNumber(line, "threads", open->threads) || line.empty())
        return error("'batch=N threads=N SIGNATURE' is expected");
      open->signature = line.str();
      continue;
    }
    std::optional<kernels::Schedule> schedule =
        kernels::parseSchedule(line.str());
    if (!schedule)
      return error("this is not a schedule");
    open->schedule = *schedule;
    entries.push_back(std::move(*open));
    open.reset();
  }
  if (open)
    return error("a schedule is expected, indented");
  return entries;
}

std::string lathe::printShippedSchedule(const ShippedSchedule &entry) {
  return fmt::format("batch={} threads={} {}\n  {}\n", entry.batch,
                     entry.threads, entry.signature,
                     kernels::toString(entry.schedule));
}

static std::vector<ShippedSchedule> entriesFor(StringRef target) {
  for (const ShippedFile &file : shippedFiles())
    if (file.target == target)
      return cantFail(parseShippedSchedules(file.text),
                      "a test parses the files that are built in");
  return {};
}

std::optional<kernels::Schedule> lathe::shippedSchedule(const TuningKey &key) {
  static std::map<std::string, std::vector<ShippedSchedule>> known;
  auto [place, isNew] = known.try_emplace(key.target);
  if (isNew)
    place->second = entriesFor(key.target);
  const ShippedSchedule *best = nullptr;
  auto distance = [&](const ShippedSchedule &entry) {
    return std::abs(int64_t(entry.threads) - int64_t(key.threads));
  };
  for (const ShippedSchedule &entry : place->second)
    if (entry.signature == key.signature && entry.batch == key.batch &&
        (!best || distance(entry) < distance(*best)))
      best = &entry;
  if (!best)
    return std::nullopt;
  return best->schedule;
}
