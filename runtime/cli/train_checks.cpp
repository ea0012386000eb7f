// train_checks.cpp: see train_checks.h.
#include "runtime/cli/train_checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace lathe {

namespace {

constexpr const char *scheduled = "schedule";

bool watches_validation(int32_t monitor) {
  return monitor == LATHE_VAL_LOSS || monitor == LATHE_VAL_ACCURACY;
}

std::string finished(const TrainOptions &options, const TrainingPlan &plan) {
  if (plan.early_stopped)
    return fmt::format("{0} is finished: EarlyStopping ended the training "
                       "after epoch {1}; --init-weights {0} begins a new one "
                       "with its weights",
                       options.resume, plan.completed);
  return fmt::format("{} is finished: all of its {} epochs are done; --epochs "
                     "goes on to a larger number",
                     options.resume, plan.epochs);
}

void check_callbacks(const lathe_recipe &recipe, const TrainingPlan &plan,
                     std::vector<std::string> &messages) {
  const struct {
    const char *name;
    int32_t there, monitor;
  } callbacks[] = {
      {"EarlyStopping", recipe.early_stopping, recipe.early_stopping_monitor},
      {"ModelCheckpoint", recipe.checkpoint && recipe.save_best_only,
       recipe.checkpoint_monitor},
      {"ReduceLROnPlateau", recipe.reduce_lr, recipe.reduce_lr_monitor}};
  for (const auto &callback : callbacks)
    if (callback.there && watches_validation(callback.monitor) &&
        plan.validation == 0)
      messages.push_back(fmt::format(
          "{} has no effect: it watches {}, and there is no "
          "validation data (data: {{split: ...}} or validation_split in the "
          "recipe, or --validation-data)",
          callback.name,
          callback.monitor == LATHE_VAL_LOSS ? "val_loss" : "val_accuracy"));
  // The earliest epoch whose end they act on, of those before the last.
  if (recipe.early_stopping && !recipe.restore_best_weights &&
      std::max<int64_t>(recipe.patience, 1) + 1 >= plan.epochs)
    messages.push_back(fmt::format(
        "EarlyStopping has no effect: with a patience of {}, it does not end "
        "a training of {} epochs",
        recipe.patience, plan.epochs));
  if (recipe.reduce_lr &&
      std::max<int64_t>(recipe.reduce_lr_patience, 1) + 1 >= plan.epochs)
    messages.push_back(fmt::format(
        "ReduceLROnPlateau has no effect: with a patience of {}, it does not "
        "act in a training of {} epochs",
        recipe.reduce_lr_patience, plan.epochs));
}

} // namespace

std::vector<std::string> without_effect(const lathe_model &model,
                                        const TrainOptions &options,
                                        const TrainingPlan &plan) {
  const lathe_recipe &recipe = model.recipe;
  std::vector<std::string> messages;
  if (plan.finished())
    return {finished(options, plan)};
  check_callbacks(recipe, plan, messages);
  const int64_t epoch = samples_of_epoch(recipe, plan.sizes, plan.samples);
  const int64_t steps = (epoch + plan.batch_size - 1) / plan.batch_size;
  if (options.save_every > steps)
    messages.push_back(fmt::format(
        "--save-every {} has no effect: an epoch has {} steps, and is saved at "
        "its end",
        options.save_every, steps));
  if (options.limit > plan.samples)
    messages.push_back(
        fmt::format("--limit {} has no effect on training: there are {} "
                    "samples for it",
                    options.limit, plan.samples));
  if (recipe.gradient_accumulation_steps >
      steps * (plan.epochs - plan.completed))
    messages.push_back(
        fmt::format("nothing is learned: the optimizer steps after {} batches "
                    "(gradient_accumulation_steps), and there are {}",
                    recipe.gradient_accumulation_steps,
                    steps * (plan.epochs - plan.completed)));
  if (model.train_step_weighted && !plan.weighted && !recipe.balance_classes)
    messages.push_back("the recipe's sample_weight has no effect without "
                       "--sample-weights: all samples count 1");
  const bool samples = recipe.sampling == LATHE_SAMPLING_OVER ||
                       recipe.sampling == LATHE_SAMPLING_UNDER;
  if ((samples || recipe.balance_classes) && imbalance(plan.sizes) == 1)
    messages.push_back(fmt::format(
        "{} has no effect: all classes have as many samples",
        samples ? fmt::format("sampling: {}", sampling_name(recipe.sampling))
                : "class_weight: balanced"));
  return messages;
}

std::string rate_text(const lathe_recipe &recipe) {
  return recipe.schedule.kind == LATHE_SCHEDULE_NONE
             ? fmt::format("{}", recipe.learning_rate)
             : scheduled;
}

ChangedRate changed_rate(const lathe_recipe &recipe, const std::string &path,
                         const std::string &saved, float kept) {
  const std::string now = rate_text(recipe);
  if (now == scheduled || saved == now)
    return {};
  const float rate = recipe.learning_rate;
  if (!saved.empty())
    return {rate,
            fmt::format("the recipe's learning rate was {} when {} was "
                        "saved; training goes on with the present one, "
                        "{}",
                        saved == scheduled ? "a schedule" : saved, path, rate)};
  if (kept == 0)
    return {rate, fmt::format("{} ends with a learning rate of 0; training "
                              "goes on with the recipe's, {}",
                              path, rate)};
  if (kept == rate || recipe.reduce_lr)
    return {};
  return {0, fmt::format("training goes on with {}'s learning rate, {}; "
                         "--learning-rate {} would be the recipe's",
                         path, kept, rate)};
}

} // namespace lathe
