// training.h: a run of fit with everything a user expects around it: progress,
// checkpoints, history, and stopping by a signal.
#pragma once

#include "runtime/artifact.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/saver.h"
#include "runtime/data/dataset.h"
#include "runtime/model_memory.h"

#include <exception>
#include <memory>
#include <string>

namespace lathe {

struct TrainOptions { // 0 and "": the recipe's value, or none
  std::string data;
  int64_t epochs = 0;
  int32_t batch_size = 0;
  float learning_rate = 0;
  int64_t limit = 0; // samples to train on, and to validate on
  uint64_t seed = 0;
  int threads = 0;
  std::string resume;
  std::string init_weights;
  std::string save;
  int64_t save_every = 0; // steps
  std::string history;
  std::string sample_weights;
};

// Where the samples of a training set go.
struct Split {
  int64_t train_first = 0, train_count = 0;
  int64_t validation_first = 0, validation_count = 0;
};

// As the recipe says, then at most `limit` of each; 0 is no limit. Throws Error
// when nothing is left to train on.
Split split_samples(const lathe_recipe &recipe, int64_t count, int64_t limit);

class Training {
public:
  // Loads or initialises the model and opens the data. Throws Error.
  Training(const lathe_model &model, const TrainOptions &options);
  // Returns the exit code. Throws Error.
  int run();

private:
  Metadata restore_options();
  Metadata chosen_options() const;
  static int on_event(void *context, const lathe_event *event);
  int handle(const lathe_event &event);
  int show(const lathe_event &event);
  int finish(int status);
  int64_t completed_epochs() const;

  const lathe_model &model_;
  TrainOptions options_;
  ModelMemory memory_;
  Saver saver_;
  std::unique_ptr<Dataset> dataset_;
  std::vector<float> sample_weights_;
  Progress progress_;
  // Of a callback, while C frames are on the stack.
  std::exception_ptr error_, output_error_;
};

} // namespace lathe
