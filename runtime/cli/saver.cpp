// saver.cpp: see saver.h.
#include "runtime/cli/saver.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"
#include "runtime/finite.h"

#include <cstring>

namespace lathe {

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

} // namespace

std::string best_path(const std::string &save) {
  const std::string extension = ".safetensors";
  size_t stem = save.size();
  if (stem > extension.size() &&
      save.compare(stem - extension.size(), extension.size(), extension) == 0)
    stem -= extension.size();
  return save.substr(0, stem) + ".best" + extension;
}

Saver::Saver(const lathe_model &model, const ModelMemory &memory,
             const std::string &path, const std::string &history)
    : model_(model), memory_(memory), path_(path), history_path_(history) {
  std::vector<std::string> written = {path};
  if (model.recipe.checkpoint && model.recipe.save_best_only)
    written.push_back(best_path(path));
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
  if (just_became_best(epochs))
    write(best_path(path_), saved);
  if (!history_path_.empty())
    history_ =
        std::make_unique<History>(history_path_, epochs, last_row(metadata_));
}

// Whether the weights in memory are those of an epoch that has just ended and
// was the best one.
bool Saver::just_became_best(int64_t epochs) const {
  return model_.recipe.checkpoint && model_.recipe.save_best_only &&
         epochs > 0 && number(model_, memory_, "fit/save_epoch") == epochs &&
         number(model_, memory_, "fit/step") == 0 &&
         (number(model_, memory_, "fit/stopped") & swapped) == 0;
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
  saved_epoch_ = event.epoch;
}

void Saver::save_best() { write(best_path(path_), metadata_); }

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
