// evaluated_part.cpp: see evaluated_part.h.
#include "runtime/cli/evaluated_part.h"

#include "runtime/data/data_section.h"
#include "runtime/data/parts.h"
#include "runtime/error.h"

#include <cstdlib>

namespace lathe {

namespace {

std::string value_of(const Metadata &saved, const std::string &key) {
  const auto entry = saved.find(key);
  return entry == saved.end() ? "" : entry->second;
}

Part part_named(const std::string &name) {
  for (Part part : {Part::Train, Part::Validation})
    if (name == name_of(part))
      return part;
  return Part::Test;
}

// "150 samples, 9f0c..."
int64_t count_of(const std::string &list) {
  return std::strtoll(list.c_str(), nullptr, 10);
}

// Which way a part has changed.
std::string change(const std::string &place, Part part, const std::string &now,
                   const std::string &then, const std::string &path) {
  if (then.empty() || now == then)
    return "";
  const int64_t more = count_of(now) - count_of(then);
  const std::string way = more > 0   ? fmt::format("{} more", more)
                          : more < 0 ? fmt::format("{} fewer", -more)
                                     : "as many, but others";
  return fmt::format("{}: the {} part is not that of when {} was saved: {} "
                     "samples now, {} then, {}; samples that it was trained on "
                     "may be among them",
                     place, name_of(part), path, count_of(now), count_of(then),
                     way);
}

// The part's own data.
EvaluatedPart open_own(const std::string &folder, const DatasetSpec &spec,
                       Part part) {
  EvaluatedPart result;
  result.dataset = open_dataset(folder, spec, part);
  result.samples = all_samples(*result.dataset);
  return result;
}

// Data to validate on that the checkpoint or the recipe names, or "".
std::string validation_data(const lathe_model &model, const Metadata &saved) {
  const std::string kept = value_of(saved, validation_data_key);
  const char *own = model.recipe.validation_data;
  return kept.empty() && own ? own : kept;
}

} // namespace

std::unique_ptr<Dataset> open_validation_data(const std::string &place,
                                              const DatasetSpec &spec) {
  return open_dataset(place, spec,
                      has_own_part(place, spec, Part::Validation)
                          ? Part::Validation
                          : Part::Test);
}

std::string list_key(Part part) {
  return fmt::format("{}_list", name_of(part));
}

EvaluatedPart
open_evaluated_part(const lathe_model &model, const std::string &folder,
                    const DatasetSpec &spec, const std::string &part,
                    const Metadata &saved, const std::string &path) {
  const Part wanted = part_named(part);
  const std::string other =
      wanted == Part::Validation ? validation_data(model, saved) : "";
  if (!other.empty()) {
    EvaluatedPart result;
    result.dataset = open_validation_data(other, spec);
    result.samples = all_samples(*result.dataset);
    result.what = "what training validates on";
    return result;
  }
  PartsRequest request;
  request.folder = folder;
  request.spec = spec;
  request.recipe = model.recipe;
  request.rule = data_section(model).split;
  request.seed = std::strtoull(value_of(saved, "seed").c_str(), nullptr, 10);
  const bool may_be_held_out =
      wanted == Part::Validation
          ? request.rule || request.recipe.split != LATHE_SPLIT_NONE
          : request.rule && request.rule->test > 0;
  if (wanted != Part::Train && has_own_part(folder, spec, wanted))
    return open_own(folder, spec, wanted);
  if (part.empty() && !may_be_held_out)
    return open_own(folder, spec, Part::Test); // says that there is none
  EvaluatedPart result;
  result.dataset = open_dataset(folder, spec, Part::Train);
  Split split = split_training_part(*result.dataset, std::move(request));
  if (split.of(wanted).empty())
    fail("{}: there is no {} part, and the model holds none out; `data: {{"
         "split: {{{}: 0.15}}}}` in the model's file does",
         folder, name_of(wanted), name_of(wanted));
  result.samples = split.of(wanted);
  result.what = fmt::format("{} of them are the {} part{}",
                            result.samples.size(), name_of(wanted),
                            split.rule.empty() ? "" : " (" + split.rule + ")");
  result.change =
      change(result.dataset->source().place, wanted, split.lists[int(wanted)],
             value_of(saved, list_key(wanted)), path);
  return result;
}

} // namespace lathe
