// training.h: a run of fit with everything a user expects around it: progress,
// checkpoints, history, and stopping by a signal.
#pragma once

#include "runtime/artifact.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/saver.h"
#include "runtime/cli/training_data.h"
#include "runtime/model_memory.h"

#include <chrono>
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
  bool overwrite = false; // what is at the default place
  int64_t save_every = 0; // steps
  std::string history;
  std::string sample_weights;
  std::string validation_data; // of its own; or as the recipe says
  double max_time = 0;         // seconds
  DataOptions reading;
};

class Training {
public:
  // Loads or initialises the model and opens the data. Throws Error.
  Training(const lathe_model &model, const TrainOptions &options);
  // Returns the exit code. Throws Error.
  int run();

private:
  Metadata restore_options();
  Metadata chosen_options() const;
  void adopt_changed_rate(const Metadata &saved);
  void report_without_effect() const;
  static int on_event(void *context, const lathe_event *event);
  int handle(const lathe_event &event);
  int show(const lathe_event &event);
  bool is_over(); // the time that there is, or a signal came
  void report_zero_rate(const lathe_event &event);
  int finish(int status);
  template <typename T>
  T value_of(const char *tensor) const;
  int64_t completed_epochs() const { return value_of<int64_t>("fit/epoch"); }

  const lathe_model &model_;
  TrainOptions options_;
  ModelMemory memory_;
  Saver saver_;
  std::unique_ptr<TrainingData> data_;
  Progress progress_;
  std::string rate_message_;
  bool rate_is_zero_ = false; // and the user knows
  bool is_out_of_time_ = false;
  std::chrono::steady_clock::time_point begin_;
  // Of a callback, while C frames are on the stack.
  std::exception_ptr error_, output_error_;
};

} // namespace lathe
