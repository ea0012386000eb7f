// parts.h: the parts of the data: their own, and those that the model holds out
// of the training part.
#pragma once

#include "runtime/data/split.h"

namespace lathe {

struct PartsRequest {
  std::string folder;
  DatasetSpec spec;
  lathe_recipe recipe = {};      // its validation_split, without a rule
  std::optional<SplitRule> rule; // of the model's section `data`
  int64_t limit = 0;
  uint64_t seed = 0;
  std::string validates_on; // other data, or ""
};

// Whether there is such a part beside the one to train on.
bool owns_part(const Dataset &training, const PartsRequest &request, Part part);

// Splits the training part. What the data have as a part of their own is not
// held out of it, nor what to validate on where there are other data for that,
// which a note says.
Split split_training_part(const Dataset &training, PartsRequest request);

} // namespace lathe
