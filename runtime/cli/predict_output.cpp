// predict_output.cpp: see predict_output.h.
#include "runtime/cli/predict_output.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {

namespace {

// Class numbers, most probable first; of equals, the lower number.
std::vector<int32_t> ranking(const float *scores, int32_t classes, int most) {
  std::vector<int32_t> order(static_cast<size_t>(classes));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(order.size(), size_t(most)));
  return order;
}

// A field of a table (RFC 4180).
std::string field(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  std::string quoted = "\"";
  for (char c : text)
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

} // namespace

PredictionWriter::PredictionWriter(const lathe_model &model,
                                   const ClassNames &names,
                                   const PredictOutput &output)
    : model_(model), names_(names), output_(output) {
  output_.top = std::min(output_.top, int(model.classes));
  if (output_.csv.empty())
    return;
  AtomicFile probe(output_.csv);
  table_ = output_.labelled ? "file,label" : "file";
  for (int i = 1; i <= output_.top; ++i)
    table_ += i == 1 ? ",class,probability"
                     : fmt::format(",class_{0},probability_{0}", i);
  table_ += ",error\n";
}

std::string PredictionWriter::text_of_labels(const int32_t *labels) const {
  if (model_.label_size == 1)
    return class_name(names_, labels[0]);
  std::vector<std::string> present;
  for (int32_t c = 0; c < model_.label_size; ++c)
    if (labels[c])
      present.push_back(class_name(names_, c));
  return fmt::format("{}", fmt::join(present, ";"));
}

bool PredictionWriter::is_right(int32_t best, const int32_t *labels) const {
  return model_.label_size == 1 ? labels[0] == best : labels[best] == 1;
}

void PredictionWriter::add(const std::string &name, const float *scores,
                           const int32_t *labels) {
  if (std::any_of(scores, scores + model_.classes,
                  [](float score) { return std::isnan(score); }))
    fail("{}: the prediction is not a number; are the weights damaged?", name);
  const std::vector<int32_t> best =
      ranking(scores, model_.classes, output_.top);
  if (!output_.labelled)
    labels = nullptr;
  ++written_;
  right_ += labels && is_right(best[0], labels);
  if (!output_.csv.empty())
    add_row(name, best, scores, labels, "");
  if (output_.json)
    add_json(name, best, scores, labels);
  else if (output_.csv.empty())
    add_text(name, best, scores, labels);
}

void PredictionWriter::add_text(const std::string &name,
                                const std::vector<int32_t> &best,
                                const float *scores,
                                const int32_t *labels) const {
  std::vector<std::string> parts;
  for (int32_t number : best)
    parts.push_back(
        fmt::format("{} {:.4f}", class_name(names_, number), scores[number]));
  fmt::print("{}: {}{}\n", name, fmt::join(parts, ", "),
             labels ? fmt::format(" (label: {})", text_of_labels(labels)) : "");
}

void PredictionWriter::add_json(const std::string &name,
                                const std::vector<int32_t> &best,
                                const float *scores, const int32_t *labels) {
  nlohmann::ordered_json predictions = nlohmann::ordered_json::array();
  for (int32_t number : best)
    predictions.push_back({{"class", class_name(names_, number)},
                           {"index", number},
                           {"probability", scores[number]}});
  nlohmann::ordered_json result = {{"file", name},
                                   {"predictions", predictions}};
  if (labels)
    result["label"] = text_of_labels(labels);
  results_.push_back(result);
}

void PredictionWriter::add_row(const std::string &name,
                               const std::vector<int32_t> &best,
                               const float *scores, const int32_t *labels,
                               const std::string &error) {
  table_ += field(name);
  if (output_.labelled)
    table_ += "," + (labels ? field(text_of_labels(labels)) : "");
  for (int i = 0; i < output_.top; ++i)
    table_ += best.empty()
                  ? ",,"
                  : fmt::format(",{},{}", field(class_name(names_, best[i])),
                                scores[best[i]]);
  table_ += "," + field(error) + "\n";
}

void PredictionWriter::add_error(const std::string &name,
                                 const std::string &error) {
  if (!output_.csv.empty())
    add_row(name, {}, nullptr, nullptr, error);
  if (output_.json)
    results_.push_back({{"file", name}, {"error", error}});
}

void PredictionWriter::finish() {
  if (!output_.csv.empty()) {
    AtomicFile file(output_.csv);
    file.write(table_.data(), table_.size());
    file.commit();
  }
  if (output_.json) // file names are arbitrary bytes, JSON is UTF-8
    fmt::print("{}\n",
               results_.dump(2, ' ', false,
                             nlohmann::ordered_json::error_handler_t::replace));
  if (!output_.csv.empty() && !output_.json)
    fmt::print("{} predictions in {}\n", written_, output_.csv);
  if (output_.labelled && !output_.json && written_)
    fmt::print("accuracy of the {}: {:.4f} ({} of {})\n",
               model_.label_size == 1 ? "most probable class"
                                      : "most probable label",
               double(right_) / double(written_), right_, written_);
}

} // namespace lathe
