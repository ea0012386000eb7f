// saver.cpp: see saver.h.
#include "runtime/cli/saver.h"

#include "runtime/atomic_file.h"
#include "runtime/cli/epoch_file.h"
#include "runtime/error.h"
#include "runtime/finite.h"

#include <cstring>

namespace lathe {

std::string best_path(const std::string &save) {
  const std::string extension = ".safetensors";
  size_t stem = save.size();
  if (stem > extension.size() &&
      save.compare(stem - extension.size(), extension.size(), extension) == 0)
    stem -= extension.size();
  return save.substr(0, stem) + ".best" + extension;
}

namespace {

// Where checkpoints keep the row of the last epoch.
constexpr const char *history_key = "history";

std::string last_row(const Metadata &metadata) {
  auto row = metadata.find(history_key);
  return row == metadata.end() ? "" : row->second;
}

// fit/stopped, where params are swapped with the best or the averaged weights.
constexpr int64_t swapped = 2 | 4;

int64_t number(const lathe_model &model, const ModelMemory &memory,
               const char *name) {
  const lathe_tensor *tensor = find_tensor(model, name);
  int64_t value = 0;
  if (tensor)
    std::memcpy(&value, memory.data(*tensor), sizeof(value));
  return value;
}

// A name that has no figures in it.
std::string escape_braces(const std::string &name) {
  std::string text;
  for (char c : name)
    text += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return text;
}

// What ModelCheckpoint writes beside the checkpoint at `path`; "" for nothing.
std::string own_filepath(const lathe_model &model, const std::string &path) {
  const lathe_recipe &recipe = model.recipe;
  if (!recipe.checkpoint)
    return "";
  std::string own =
      recipe.checkpoint_filepath ? recipe.checkpoint_filepath : "";
  if (recipe.save_best_only)
    return own.empty() ? escape_braces(best_path(path)) : own;
  return own == path ? "" : own;
}

} // namespace

Saver::Saver(const lathe_model &model, const ModelMemory &memory,
             const std::string &path, const std::string &history)
    : model_(model), memory_(memory), path_(path), history_path_(history),
      filepath_(own_filepath(model, path)),
      best_only_(model.recipe.save_best_only != 0) {
  std::vector<std::string> written = {path};
  if (!filepath_.empty()) {
    const std::string first = epoch_file(filepath_, "0,0,0,0,0");
    make_own_folder(first);
    if (has_figures(filepath_))
      AtomicFile probe(first);
    else
      written.push_back(first);
  }
  if (!history.empty())
    written.push_back(history);
  for (size_t i = 0; i < written.size(); ++i) {
    for (size_t k = 0; k < i; ++k)
      if (writable_target(written[i]) == writable_target(written[k]))
        fail("{} and {} are the same file", written[k], written[i]);
    locks_.emplace_back(written[i]);
    remove_abandoned(written[i]);
    AtomicFile probe(written[i]);
  }
}

void Saver::begin(const Metadata &metadata, int64_t epochs,
                  const Metadata &saved) {
  metadata_ = metadata;
  if (std::string row = last_row(saved); !row.empty())
    metadata_[history_key] = row;
  if (best_only_ ? just_became_best(epochs) : just_ended(epochs))
    write_epoch_file(saved);
  if (!history_path_.empty())
    history_ =
        std::make_unique<History>(history_path_, epochs, last_row(metadata_));
}

void Saver::require_validation(int64_t samples) const {
  if (samples == 0 && !filepath_.empty() && needs_validation(filepath_))
    fail("ModelCheckpoint's filepath '{}' names figures of validation data, "
         "and there are none: --validation-data DATA",
         filepath_);
}

// Whether the weights in memory are those of an epoch that has just ended.
bool Saver::just_ended(int64_t epochs) const {
  return epochs > 0 && number(model_, memory_, "fit/step") == 0 &&
         (number(model_, memory_, "fit/stopped") & swapped) == 0;
}

// The same, and it was the best one.
bool Saver::just_became_best(int64_t epochs) const {
  return just_ended(epochs) &&
         number(model_, memory_, "fit/save_epoch") == epochs;
}

void Saver::save() {
  write(path_, metadata_);
  has_saved_ = true;
}

void Saver::save_epoch(const lathe_event &event) {
  if (saved_epoch_ == event.epoch)
    return;
  metadata_[history_key] = history_row(event);
  save();
  if (!best_only_)
    write_epoch_file(metadata_);
  saved_epoch_ = event.epoch;
}

void Saver::save_best() { write_epoch_file(metadata_); }

// As Keras does for the recipe's files; where the user saves, folders must be there.
void Saver::make_own_folder(const std::string &path) const {
  const char *filepath = model_.recipe.checkpoint_filepath;
  if (filepath && *filepath)
    make_folder_of(path);
}

void Saver::write_epoch_file(const Metadata &metadata) {
  const std::string row = last_row(metadata);
  if (filepath_.empty() || row.empty())
    return;
  const std::string path = epoch_file(filepath_, row);
  make_own_folder(path);
  write(path, metadata);
}

void Saver::append_history() {
  if (history_)
    history_->append(last_row(metadata_));
}

void Saver::write(const std::string &path, const Metadata &metadata) {
  if (const lathe_tensor *tensor = first_not_finite(model_, memory_))
    fail("training: {} became infinite or NaN, and is not saved{}; a smaller "
         "learning rate may help",
         tensor->name,
         has_saved_ ? fmt::format("; {} keeps the last good state", path_)
                    : "");
  save_checkpoint(path, model_, memory_, metadata);
}

} // namespace lathe
