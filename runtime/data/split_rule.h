// split_rule.h: how samples are divided, as the model's section `data` says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lathe {

struct SplitRule {
  double validation = 0, test = 0; // shares of all samples
  uint64_t seed = 0;
  bool stratified = true; // the same shares of each class
  // The Keras function whose files are held out, or ""; and the classes in the
  // order that it was given, or none.
  std::string keras;
  std::vector<std::string> class_order;
  // Samples with the same group stay together: a table's column names it, or
  // else it is the shortest beginning of the file's name that fits this; or "".
  bool by_column = false;
  std::string pattern;

  bool has_groups() const { return by_column || !pattern.empty(); }
};

} // namespace lathe
