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

void print_line(const std::string &heading, const std::string &text) {
  fmt::print("{:<16} {}\n", heading, text);
}

std::string numbers_text(const Json &numbers) {
  std::vector<std::string> texts;
  for (const Json &number : numbers)
    texts.push_back(fmt::format("{:.4f}", number.get<double>()));
  return fmt::format("{}", fmt::join(texts, " "));
}

void print_figures(const Json &json) {
  std::vector<int64_t> counts;
  const std::string part = json["parts"][0]["part"];
  for (const Json &entry : json["classes"])
    counts.push_back(entry[part]);
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  print_line("imbalance",
             *least ? fmt::format("the largest class has {:.2f} times the "
                                  "samples of the smallest",
                                  double(*most) / double(*least))
                    : "there are classes without samples");
  if (!json["sizes"].is_null())
    print_line("sizes",
               fmt::format("{} smallest, {} median, {} largest; {} different",
                           size_text(json["sizes"]["smallest"]),
                           size_text(json["sizes"]["median"]),
                           size_text(json["sizes"]["largest"]),
                           json["sizes"]["distinct"].get<size_t>()));
  std::vector<std::string> modes;
  for (const auto &[mode, count] : json["modes"].items())
    modes.push_back(fmt::format("{} {}", count.get<int64_t>(), mode));
  if (!modes.empty())
    print_line("modes", fmt::format("{}", fmt::join(modes, ", ")));
  print_line("mean", numbers_text(json["channels"]["mean"]));
  print_line("std", numbers_text(json["channels"]["std"]));
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

// A sample, or several that are the same.
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

void print_list(const std::string &heading, const Json &list,
                const std::string &text) {
  if (list.empty())
    return;
  print_line(heading, text);
  for (size_t i = 0; i < std::min(list.size(), most_listed); ++i)
    fmt::print("  {}\n", entry_text(list[i]));
  if (list.size() > most_listed)
    fmt::print("  and {} more\n", list.size() - most_listed);
}

void print_findings(const Json &json) {
  auto print = [&](const char *key, const char *heading, const char *what) {
    print_list(heading, json[key],
               fmt::format("{} {}", json[key].size(), what));
  };
  print("unreadable", "unreadable", "files");
  print("not_finite", "not finite", "samples with infinite values or NaN");
  print("leakage", "leakage", "pictures that are in more than one part");
  print("conflicting_labels", "labels", "pictures that are in several classes");
  print("tiny", "tiny", "pictures with an edge below 8 pixels");
  print("smaller_than_input", "enlarged",
        ("pictures with an edge below the model's input, " +
         json["input"].get<std::string>())
            .c_str());
  print("constant", "constant", "pictures of one colour");
  print("duplicates", "duplicates",
        "pictures that are there more than once, with the same pixels");
  const Json &near = json["near_duplicates"];
  print_list("near duplicates", near["list"],
             fmt::format("{} pairs of pictures that look the same, {} of them "
                         "between the parts",
                         near["pairs"].get<int64_t>(),
                         near["between_parts"].get<int64_t>()));
}

} // namespace

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
  print_figures(json);
  print_findings(json);
  std::vector<std::string> mend = json["mend"];
  fmt::print("\n{}\n", mend.empty() ? "nothing must be mended"
                                    : fmt::format("to be mended: {}",
                                                  fmt::join(mend, "; ")));
}

} // namespace lathe
