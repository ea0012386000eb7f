// evaluated_part.h: the samples that evaluate is asked for.
#pragma once

#include "runtime/data/dataset.h"
#include "runtime/safetensors.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe {

// Where checkpoints keep the fingerprint of a part that was held out.
std::string list_key(Part part);

struct EvaluatedPart {
  std::unique_ptr<Dataset> dataset;
  std::vector<int64_t> samples; // of it
  std::string what;             // "150 of them held out for the test", or ""
  std::string change; // why they are not those of the checkpoint, or ""
};

// Where checkpoints keep the place of data to validate on.
constexpr const char *validation_data_key = "validation_data";

// What data to validate on have for that: their own validation part, else the
// test part, else all of them.
std::unique_ptr<Dataset> open_validation_data(const std::string &place,
                                              const DatasetSpec &spec);

// `part` is "train", "validation", "test" or "": the test part, where there is
// one, or all of the data. The validation part is what training validates on.
// What is held out follows from the model, the data and what the checkpoint at
// `path` says: `saved`. Throws Error where there is
// no such part.
EvaluatedPart
open_evaluated_part(const lathe_model &model, const std::string &folder,
                    const DatasetSpec &spec, const std::string &part,
                    const Metadata &saved, const std::string &path);

} // namespace lathe
