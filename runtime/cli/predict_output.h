// predict_output.h: predictions as text, JSON or a table.
#pragma once

#include "runtime/artifact.h"
#include "runtime/data/class_names.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace lathe {

struct PredictOutput {
  bool json = false;
  bool labelled = false; // with the true labels
  int top = 1;           // classes to show of each sample
  std::string csv;       // a file for a table; or ""
};

class PredictionWriter {
public:
  // Throws Error where the table's file cannot be written: rather now than at
  // the end.
  PredictionWriter(const lathe_model &model, const ClassNames &names,
                   const PredictOutput &output);

  // `scores` are the probabilities of all classes, `labels` as in Dataset, or
  // nullptr. Throws Error where the scores are NaN.
  void add(const std::string &name, const float *scores, const int32_t *labels);
  void add_error(const std::string &name, const std::string &error);

  // Writes what is not written yet. Throws Error.
  void finish();

private:
  std::string text_of_labels(const int32_t *labels) const;
  bool is_right(int32_t best, const int32_t *labels) const;
  void add_text(const std::string &name, const std::vector<int32_t> &best,
                const float *scores, const int32_t *labels) const;
  void add_json(const std::string &name, const std::vector<int32_t> &best,
                const float *scores, const int32_t *labels);
  void add_row(const std::string &name, const std::vector<int32_t> &best,
               const float *scores, const int32_t *labels,
               const std::string &error);

  const lathe_model &model_;
  ClassNames names_;
  PredictOutput output_;
  nlohmann::ordered_json results_ = nlohmann::ordered_json::array();
  std::string table_;
  int64_t written_ = 0, right_ = 0;
};

} // namespace lathe
