// training_data.h: the samples of a training and how they are split, for a new
// run and for one that goes on.
#pragma once

#include "runtime/cli/data_options.h"
#include "runtime/data/class_names.h"
#include "runtime/data/dataset.h"
#include "runtime/data/split.h"
#include "runtime/safetensors.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe {

struct TrainingDataOptions {
  std::string folder;
  std::string sample_weights; // file, or ""
  int64_t limit = 0;
  uint64_t seed = 0;        // of a new run
  std::string resumed;      // the checkpoint that says how it was split, or ""
  std::string init_weights; // whose classes may be others; or ""
  DataOptions reading;
  std::string validation; // data of their own to validate on, or ""
  int threads = 0;        // that compute; 0: one for each CPU
};

class TrainingData {
public:
  // `saved` is the resumed checkpoint's metadata. Says on stdout what it found
  // and how that is split, and on stderr what is not as one might expect: files
  // that are not read, data that have changed. Throws Error.
  TrainingData(const lathe_model &model, const TrainingDataOptions &options,
               const Metadata &saved);

  const lathe_dataset &train() const { return train_->get(); }
  const lathe_dataset &validation() const { return validation_->get(); }
  // Of the reader, after LATHE_ERROR_DATA.
  std::exception_ptr error() const {
    return train_->error ? train_->error : validation_->error;
  }
  // What a checkpoint must hold for a resumed run to split in the same way.
  void describe(Metadata &metadata) const;

private:
  void compare(const Metadata &saved, const std::string &path) const;
  void open_validation(const TrainingDataOptions &options, Split &split);
  void report(const DatasetSpec &spec, const Split &split) const;

  uint64_t seed_;
  DatasetSpec spec_;
  ClassNames names_;
  std::string split_, fingerprint_;
  Metadata lists_; // of the parts that are held out, and of what remains
  std::unique_ptr<Dataset> dataset_;
  // A part of its own, or other data; or none: held out of the above.
  std::unique_ptr<Dataset> validation_part_;
  std::unique_ptr<DatasetView> train_, validation_;
};

} // namespace lathe
