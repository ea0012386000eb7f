// training_data.cpp: see training_data.h.
#include "runtime/cli/training_data.h"

#include "runtime/cli/balance.h"
#include "runtime/cli/evaluated_part.h"
#include "runtime/data/data_section.h"
#include "runtime/data/parts.h"
#include "runtime/error.h"

#include <cstdlib>
#include <filesystem>

namespace lathe {

namespace {

std::string value_of(const Metadata &metadata, const char *key) {
  auto entry = metadata.find(key);
  return entry == metadata.end() ? "" : entry->second;
}

// Weights may begin with other classes; which output is which is then learned.
void compare_classes(const std::string &path, const ClassNames &names) {
  const ClassNames kept = kept_class_names(SafetensorsFile(path).metadata());
  if (!kept.empty() && !names.empty() && kept != names)
    fmt::print(stderr,
               "{} was trained for other classes, or in another order: {}; "
               "they are now {}\n",
               path, list_names(kept), list_names(names));
}

} // namespace

TrainingData::TrainingData(const lathe_model &model,
                           const TrainingDataOptions &options,
                           const Metadata &saved)
    : seed_(options.seed) {
  if (const std::string seed = value_of(saved, "seed"); !seed.empty())
    seed_ = std::strtoull(seed.c_str(), nullptr, 10);
  DatasetSpec &spec = spec_;
  spec = dataset_spec(model);
  spec.class_names = class_names(model, saved, options.resumed);
  choose_data_settings(options.reading, saved, spec);
  spec.readers = chosen_readers(options.reading, options.threads);
  dataset_ = open_dataset(options.folder, spec, Part::Train);
  report_unused(options.reading, model, dataset_->source());
  names_ = dataset_->source().class_names.empty()
               ? spec.class_names
               : dataset_->source().class_names;
  const std::vector<float> weights =
      sample_weights(options.sample_weights, *dataset_, model);
  PartsRequest request;
  request.folder = options.folder;
  request.spec = spec;
  request.recipe = model.recipe;
  request.rule = data_section(model).split;
  request.limit = options.limit;
  request.seed = seed_;
  request.validates_on = options.validation;
  Split split = split_training_part(*dataset_, request);
  for (Part part : {Part::Train, Part::Validation, Part::Test})
    if (!split.of(part).empty() && !split.rule.empty())
      lists_[list_key(part)] = split.lists[int(part)];
  const bool has_part = !options.validation.empty() ||
                        owns_part(*dataset_, request, Part::Validation);
  if (has_part)
    open_validation(options, split);
  split_ = split.rule;
  fingerprint_ = fingerprint(*dataset_);
  report(spec, split);
  if (!options.resumed.empty())
    compare(saved, options.resumed);
  if (!options.init_weights.empty())
    compare_classes(options.init_weights, names_);
  train_ =
      std::make_unique<DatasetView>(*dataset_, std::move(split.train), weights);
  if (has_part)
    validation_ = std::make_unique<DatasetView>(*validation_part_,
                                                std::move(split.validation),
                                                validation_part_->weights());
  else
    validation_ = std::make_unique<DatasetView>(
        *dataset_, std::move(split.validation), weights);
  const std::string balance =
      describe_balance(model.recipe, class_sizes(train_->get(), model), names_);
  if (!balance.empty())
    fmt::print("{}\n", balance);
}

// Data to validate on, or else the data's own part for it.
void TrainingData::open_validation(const TrainingDataOptions &options,
                                   Split &split) {
  DatasetSpec spec = spec_;
  spec.class_names = names_;
  const bool is_other = !options.validation.empty();
  const std::string &place = is_other ? options.validation : options.folder;
  validation_part_ = open_validation_data(place, spec);
  std::error_code error;
  if (is_other && validation_part_->source().is_whole &&
      std::filesystem::equivalent(dataset_->source().place,
                                  validation_part_->source().place, error))
    fail("{}: is what the model is trained on; validation needs other data",
         place);
  if (!options.sample_weights.empty())
    split.notes.push_back("--sample-weights: of the training part alone");
  split.validation =
      split_samples(*validation_part_, spec, {}, options.limit, seed_).train;
  split.rule = (split.rule.empty() ? "" : split.rule + "; ") +
               (is_other ? "data of their own: " : "a part of its own: ") +
               fingerprint(*validation_part_);
}

void TrainingData::describe(Metadata &metadata) const {
  keep_class_names(metadata, names_);
  keep_data_settings(spec_, metadata);
  metadata["seed"] = std::to_string(seed_);
  metadata["data"] = fingerprint_;
  metadata["split"] = split_;
  metadata.insert(lists_.begin(), lists_.end());
}

// A split follows from the data, the recipe and the seed: where these are the
// same, so is the split.
void TrainingData::compare(const Metadata &saved,
                           const std::string &path) const {
  const std::string data = value_of(saved, "data");
  if (data.empty()) {
    if (!split_.empty() && !dataset_->is_ordered())
      fmt::print(stderr,
                 "{} does not say how its data were split; samples that it was "
                 "trained on may now be held out\n",
                 path);
    return;
  }
  if (data != fingerprint_)
    fmt::print(stderr,
               "{} has changed since {} was saved: {} now, {} then; samples "
               "that it was trained on may now be held out\n",
               dataset_->source().place, path,
               fingerprint_.substr(0, fingerprint_.find(',')),
               data.substr(0, data.find(',')));
  else if (value_of(saved, "split") != split_)
    fmt::print(stderr,
               "{} was trained with another split: {} now, {} then; samples "
               "that it was trained on may now be held out\n",
               path, split_.empty() ? "nothing held out" : split_,
               value_of(saved, "split").empty() ? "nothing held out"
                                                : value_of(saved, "split"));
}

void TrainingData::report(const DatasetSpec &spec, const Split &split) const {
  fmt::print("{}: {} to train on", lathe::describe(*dataset_, spec),
             split.train.size());
  if (!split.validation.empty())
    fmt::print(", {} for validation", split.validation.size());
  if (!split.test.empty())
    fmt::print(", {} for test", split.test.size());
  if (!split.rule.empty())
    fmt::print(" ({})", split.rule.substr(0, split.rule.find(": ")));
  fmt::print("\n");
  if (!split.groups.empty())
    fmt::print("{}\n", split.groups);
  std::fflush(stdout);
  if (!dataset_->source().left_out.empty())
    fmt::print(stderr, "not read: {}\n", dataset_->source().left_out);
  if (!dataset_->source().cache_note.empty())
    fmt::print(stderr, "{}\n", dataset_->source().cache_note);
  for (const std::string &note : split.notes)
    fmt::print(stderr, "{}\n", note);
}

} // namespace lathe
