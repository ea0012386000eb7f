// saver.h: what a training writes, and in which order. An epoch's checkpoint
// comes first, then the best weights, the history and the terminal: whatever
// fails later, and wherever the process is killed, the epoch is not lost, and
// --resume makes up for what comes after it.
#pragma once

#include "runtime/checkpoint.h"
#include "runtime/cli/history.h"
#include "runtime/path_lock.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe {

// "x.best.safetensors" for "x.safetensors".
std::string best_path(const std::string &save);

class Saver {
public:
  // Locks the files and makes sure that they can be written: rather now than
  // after an epoch. `history` may be "". Throws Error.
  Saver(const lathe_model &model, const ModelMemory &memory,
        const std::string &path, const std::string &history);

  // `metadata` is the text that checkpoints have from now on, and `epochs` of
  // the training are done. `saved` is the text of the checkpoint that it goes
  // on from: its best weights and its row of the history, which may not have
  // been written, are written now.
  void begin(const Metadata &metadata, int64_t epochs, const Metadata &saved);

  // Where ModelCheckpoint's own file for an epoch needs validation data.
  // Throws Error.
  void require_validation(int64_t samples) const;

  // Throw Error, and write nothing, where a tensor is not finite.
  void save();
  void save_epoch(const lathe_event &event); // of the same epoch once
  void save_best();
  void append_history();

  const std::string &path() const { return path_; }
  bool has_saved() const { return has_saved_; }

private:
  void write(const std::string &path, const Metadata &metadata);
  // The same to the file that ModelCheckpoint names for the epoch.
  void write_epoch_file(const Metadata &metadata);
  void make_own_folder(const std::string &path) const;
  bool just_ended(int64_t epochs) const;
  bool just_became_best(int64_t epochs) const;

  const lathe_model &model_;
  const ModelMemory &memory_;
  std::string path_, history_path_;
  std::string filepath_; // ModelCheckpoint's, or NAME.best...; "": none
  bool best_only_ = false;
  std::vector<PathLock> locks_;
  Metadata metadata_;
  std::unique_ptr<History> history_;
  int64_t saved_epoch_ = -1;
  bool has_saved_ = false;
};

} // namespace lathe
