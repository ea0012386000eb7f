// data_text.cpp: what has been found, on a screen.
#include "runtime/cli/data_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t most_classes = 20, most_listed = 5, most_named = 3;

void print_classes(const Json &json) {
  std::vector<Json> classes = json["classes"];
  const std::string part = json["parts"][0]["part"];
  size_t width = 5;
  for (const Json &entry : classes)
    width = std::max(width, entry["class"].get<std::string>().size());
  fmt::print("\n{:<{}}", "class", width);
  for (const Json &each : json["parts"])
    fmt::print("  {:>8}", each["part"].get<std::string>());
  fmt::print("  {:>12}\n", "class_weight");
  // Of many, the largest and the smallest.
  const bool is_long = classes.size() > most_classes;
  if (is_long)
    std::stable_sort(classes.begin(), classes.end(),
                     [&](const Json &a, const Json &b) {
                       return a[part].get<int64_t>() > b[part].get<int64_t>();
                     });
  for (size_t i = 0; i < classes.size(); ++i) {
    if (is_long && i == most_classes / 2) {
      const size_t left_out = classes.size() - most_classes;
      fmt::print("... {} more, see --json\n", left_out);
      i += left_out;
    }
    fmt::print("{:<{}}", classes[i]["class"].get<std::string>(), width);
    for (const Json &each : json["parts"])
      fmt::print("  {:>8}",
                 classes[i][each["part"].get<std::string>()].get<int64_t>());
    const Json &weight = classes[i]["class_weight"];
    fmt::print("  {:>12}\n", weight.is_null()
                                 ? "-"
                                 : fmt::format("{:.4f}", weight.get<double>()));
  }
}

std::string size_text(const Json &size) {
  return fmt::format("{}x{}", size["width"].get<int64_t>(),
                     size["height"].get<int64_t>());
}

std::string numbers_text(const Json &numbers) {
  std::vector<std::string> texts;
  for (const Json &number : numbers)
    texts.push_back(fmt::format("{:.4f}", number.get<double>()));
  return fmt::format("{}", fmt::join(texts, " "));
}

std::string sample_text(const Json &sample) {
  if (sample.contains("error"))
    return sample["error"];
  std::string text = fmt::format("{}: {}", sample["part"].get<std::string>(),
                                 sample["file"].get<std::string>());
  if (sample.contains("width"))
    text += " " + size_text(sample);
  return text;
}

using Figures = std::vector<std::pair<std::string, std::string>>;

void print_findings(const Json &json) {
  for (const Finding &finding : findings_of(json)) {
    const Json &entries = finding.entries;
    if (entries.empty())
      continue;
    fmt::print("{:<16} {}\n", finding.heading, finding.text);
    for (size_t i = 0; i < std::min(entries.size(), most_listed); ++i)
      fmt::print("  {}\n", entry_text(entries[i]));
    if (entries.size() > most_listed)
      fmt::print("  and {} more\n", entries.size() - most_listed);
  }
}

} // namespace

Figures figures_of(const Json &json) {
  Figures figures;
  std::vector<int64_t> counts;
  const std::string part = json["parts"][0]["part"];
  for (const Json &entry : json["classes"])
    counts.push_back(entry[part]);
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  figures.emplace_back(
      "imbalance", *least ? fmt::format("the largest class has {:.2f} times "
                                        "the samples of the smallest",
                                        double(*most) / double(*least))
                          : "there are classes without samples");
  if (!json["sizes"].is_null())
    figures.emplace_back(
        "sizes", fmt::format("{} smallest, {} median, {} largest; {} different",
                             size_text(json["sizes"]["smallest"]),
                             size_text(json["sizes"]["median"]),
                             size_text(json["sizes"]["largest"]),
                             json["sizes"]["distinct"].get<size_t>()));
  std::vector<std::string> modes;
  for (const auto &[mode, count] : json["modes"].items())
    modes.push_back(fmt::format("{} {}", count.get<int64_t>(), mode));
  if (!modes.empty())
    figures.emplace_back("modes", fmt::format("{}", fmt::join(modes, ", ")));
  figures.emplace_back("mean", numbers_text(json["channels"]["mean"]));
  figures.emplace_back("std", numbers_text(json["channels"]["std"]));
  return figures;
}

std::string entry_text(const Json &entry) {
  if (!entry.is_array())
    return sample_text(entry);
  std::vector<std::string> texts;
  for (size_t i = 0; i < std::min(entry.size(), most_named); ++i)
    texts.push_back(sample_text(entry[i]));
  if (entry.size() > most_named)
    texts.push_back(fmt::format("{} more", entry.size() - most_named));
  return fmt::format("{}", fmt::join(texts, " = "));
}

std::vector<Finding> findings_of(const Json &json) {
  std::vector<Finding> findings;
  auto counted = [](int64_t count, const std::string &noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  auto add = [&](const char *key, const char *heading, const std::string &noun,
                 const std::string &what) {
    findings.push_back(
        {heading, counted(int64_t(json[key].size()), noun) + what, json[key]});
  };
  add("unreadable", "unreadable", "file", "");
  add("not_finite", "not finite", "sample", " with infinite values or NaN");
  std::string unit = json["unit"].get<std::string>();
  unit.pop_back(); // one of them
  add("leakage", "leakage", unit, " in more than one part");
  add("conflicting_labels", "labels", unit, " in several classes");
  add("tiny", "tiny", "picture", " with an edge below 8 pixels");
  add("smaller_than_input", "enlarged", "picture",
      " with an edge below the model's input, " +
          json["input"].get<std::string>());
  add("constant", "constant", unit, " of one colour");
  add("duplicates", "duplicates", unit,
      fmt::format(" found more than once, with the same {}",
                  unit == "row" ? "numbers" : "pixels"));
  const Json &near = json["near_duplicates"];
  findings.push_back(
      {"near duplicates",
       fmt::format("{} of pictures that look the same, {} of them between "
                   "parts",
                   counted(near["pairs"].get<int64_t>(), "pair"),
                   near["between_parts"].get<int64_t>()),
       near["list"]});
  return findings;
}

void print_summary(const Json &json) {
  for (const Json &part : json["parts"]) {
    fmt::print("{}: {} samples in {}\n", part["part"].get<std::string>(),
               part["samples"].get<size_t>(), part["place"].get<std::string>());
    const std::string not_read = part["not_read"];
    if (!not_read.empty())
      fmt::print("  not read: {}\n", not_read);
  }
  print_classes(json);
  fmt::print("\n");
  for (const auto &[heading, text] : figures_of(json))
    fmt::print("{:<16} {}\n", heading, text);
  print_findings(json);
  std::vector<std::string> mend = json["mend"];
  fmt::print("\n{}\n", mend.empty()
                           ? "nothing to mend"
                           : fmt::format("to mend: {}", fmt::join(mend, "; ")));
}

} // namespace lathe
