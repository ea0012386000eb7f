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

// What fits on a screen.
void print_summary(const nlohmann::ordered_json &summary);

} // namespace lathe
