// data_summary.h: what `NAME data` has found, for the screen, as JSON and for
// the page.
#pragma once

#include "runtime/data/class_names.h"
#include "runtime/data/data_check.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace lathe {

struct CheckedData {
  std::string place;
  std::vector<CheckedPart> parts;
  ClassNames classes; // or their numbers
  DatasetSpec spec;

  bool has_files() const { return !parts[0].samples[0].path.empty(); }
  bool is_in_class(size_t part, size_t sample, int32_t number) const;
};

// Infinite numbers and NaN become null when it is printed. "mend" lists what
// must be mended before training.
nlohmann::ordered_json summary_of(const CheckedData &data);

// Its parts in words: the imbalance, sizes, modes, mean and deviation.
std::vector<std::pair<std::string, std::string>>
figures_of(const nlohmann::ordered_json &summary);

// What was looked for. Entries are samples, or lists of those that are the
// same.
struct Finding {
  std::string heading, text;
  nlohmann::ordered_json entries;
};
std::vector<Finding> findings_of(const nlohmann::ordered_json &summary);
std::string entry_text(const nlohmann::ordered_json &entry);

// What fits on a screen.
void print_summary(const nlohmann::ordered_json &summary);

} // namespace lathe
