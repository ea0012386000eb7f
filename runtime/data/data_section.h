// data_section.h: what the model's section `data` says about reading and
// splitting, where the command line does not.
#pragma once

#include "runtime/artifact.h"
#include "runtime/data/colour.h"
#include "runtime/data/dataset.h"
#include "runtime/data/resize_rule.h"
#include "runtime/data/split_rule.h"

#include <optional>
#include <string>

namespace lathe {

struct DataSection { // "" and no value: not given
  std::string format, csv;
  ListColumns columns;
  std::optional<bool> exif;
  std::optional<Colour> background;
  std::optional<ResizeRule> resize;
  std::string on_error;
  std::optional<SplitRule> split;
};

// Throws Error for a section of a later compiler.
DataSection data_section(const lathe_model &model);

} // namespace lathe
