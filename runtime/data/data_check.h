// data_check.h: what is known of every sample of a data set, once it has been
// read as training reads it.
#pragma once

#include "runtime/data/dataset.h"
#include "runtime/data/duplicates.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lathe {

struct CheckedSample {
  std::string name, path; // path: "" in arrays
  std::string error;      // why it cannot be read; nothing else is known then
  StoredPicture stored;   // of files
  bool is_finite = true, is_constant = false;
  uint64_t pixels = 0; // hash of what the model sees
  Look look;
  // Of each channel: the mean, and the sum of the squares around it.
  std::vector<double> means, squares;

  bool is_readable() const { return error.empty(); }
};

struct CheckedPart {
  std::string name; // "train", "validation", "test" or "all"
  Part which = Part::Train;
  Source source;
  std::vector<CheckedSample> samples;
  std::vector<int32_t> labels; // as Dataset's

  // Over all pixels that are numbers; NaN where there are none.
  std::vector<double> means, deviations;
};

// Called now and then with how many samples of a part have been checked.
using CheckProgress = std::function<void(const std::string &part,
                                         int64_t checked, int64_t count)>;

// The parts that there are. Throws Error where there are no data for this
// model.
std::vector<CheckedPart> check_data(const std::string &data,
                                    const DatasetSpec &spec,
                                    const CheckProgress &progress);

} // namespace lathe
