// train_checks.h: what a training is told before it begins: options that change
// nothing in it, and what has changed since its checkpoint was saved.
#pragma once

#include "runtime/cli/balance.h"
#include "runtime/cli/training.h"

#include <string>
#include <vector>

namespace lathe {

// The training that the options, the recipe, the data and the checkpoint add up
// to.
struct TrainingPlan {
  int64_t samples = 0;    // to train on
  ClassSizes sizes;       // of their classes
  bool weighted = false;  // they have sample weights
  int64_t validation = 0; // and to validate on
  int64_t batch_size = 0;
  int64_t epochs = 0;
  int64_t completed = 0; // epochs
  bool early_stopped = false;

  bool finished() const { return early_stopped || completed >= epochs; }
};

// What has no effect, a sentence each.
std::vector<std::string> without_effect(const lathe_model &model,
                                        const TrainOptions &options,
                                        const TrainingPlan &plan);

// The recipe's learning rate as checkpoints keep it; that of a schedule is its
// own text.
std::string rate_text(const lathe_recipe &recipe);

// The learning rate that a resumed training goes on with because its recipe has
// changed since the checkpoint was saved with `saved` as its rate_text ("" in
// older ones), and the sentence that says so. A rate of 0: as in the
// checkpoint, `kept`.
struct ChangedRate {
  float rate = 0;
  std::string message;
};
ChangedRate changed_rate(const lathe_recipe &recipe, const std::string &path,
                         const std::string &saved, float kept);

} // namespace lathe
