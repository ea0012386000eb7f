// train_checks_test.cpp: what a training is told before it begins.
#include "runtime/cli/train_checks.h"

#include <gtest/gtest.h>

namespace {

using lathe::TrainingPlan;
using lathe::TrainOptions;
using Messages = std::vector<std::string>;

// A training of 100 samples in 13 steps, with everything in order.
struct Case {
  lathe_model model = {};
  TrainOptions options;
  TrainingPlan plan;

  Case() {
    model.recipe.gradient_accumulation_steps = 1;
    plan.samples = 100;
    plan.validation = 20;
    plan.batch_size = 8;
    plan.epochs = 10;
  }
  Messages messages() const { return without_effect(model, options, plan); }
  void expect(const std::string &part) const {
    const Messages all = messages();
    ASSERT_EQ(all.size(), 1u) << part;
    EXPECT_NE(all[0].find(part), std::string::npos) << all[0];
  }
};

TEST(WithoutEffect, NothingIsSaidOfWhatHasOne) {
  Case c;
  c.options.save_every = 13;
  c.options.limit = 100;
  c.model.recipe.gradient_accumulation_steps = 130;
  c.model.recipe.early_stopping = 1;
  c.model.recipe.early_stopping_monitor = LATHE_VAL_LOSS;
  c.model.recipe.patience = 8;
  c.model.recipe.reduce_lr = 1;
  c.model.recipe.reduce_lr_monitor = LATHE_VAL_LOSS;
  c.model.recipe.reduce_lr_patience = 8;
  c.model.recipe.checkpoint = c.model.recipe.save_best_only = 1;
  c.model.recipe.checkpoint_monitor = LATHE_VAL_ACCURACY;
  EXPECT_EQ(c.messages(), Messages());
}

TEST(WithoutEffect, CallbacksWithoutValidationData) {
  for (int32_t monitor :
       {LATHE_VAL_LOSS, LATHE_VAL_ACCURACY, LATHE_LOSS, LATHE_ACCURACY}) {
    Case c;
    c.plan.validation = 0;
    c.model.recipe.early_stopping = c.model.recipe.reduce_lr = 1;
    c.model.recipe.checkpoint = c.model.recipe.save_best_only = 1;
    c.model.recipe.early_stopping_monitor = c.model.recipe.reduce_lr_monitor =
        c.model.recipe.checkpoint_monitor = monitor;
    const bool validation =
        monitor == LATHE_VAL_LOSS || monitor == LATHE_VAL_ACCURACY;
    EXPECT_EQ(c.messages().size(), validation ? 3u : 0u);
    if (validation) {
      EXPECT_NE(
          c.messages()[0].find("EarlyStopping has no effect: it watches "),
          std::string::npos);
    }
  }
}

TEST(WithoutEffect, PatienceThatOutlastsTheTraining) {
  Case c;
  c.model.recipe.early_stopping = 1;
  c.model.recipe.early_stopping_monitor = LATHE_LOSS;
  c.model.recipe.patience = 9;
  c.expect("EarlyStopping has no effect: with a patience of 9, it does not "
           "end a training of 10 epochs");
  c.model.recipe.restore_best_weights = 1;
  EXPECT_EQ(c.messages(), Messages());
  c.model.recipe.reduce_lr = 1;
  c.model.recipe.reduce_lr_monitor = LATHE_LOSS;
  c.model.recipe.reduce_lr_patience = 9;
  c.expect("ReduceLROnPlateau has no effect");
}

TEST(WithoutEffect, Options) {
  Case every, limit, weights, accumulation;
  every.options.save_every = 14;
  every.expect("--save-every 14 has no effect");
  limit.options.limit = 101;
  limit.expect("--limit 101 has no effect");
  weights.model.train_step_weighted = [](void *, void *, void *, const float *,
                                         const int32_t *, const float *, int,
                                         float *) { return 0; };
  weights.expect("sample_weight has no effect without --sample-weights");
  weights.plan.weighted = true;
  EXPECT_EQ(weights.messages(), Messages());
  accumulation.model.recipe.gradient_accumulation_steps = 131;
  accumulation.expect("nothing is learned");
}

TEST(WithoutEffect, AFinishedTraining) {
  Case c;
  c.options.resume = "x";
  c.options.save_every = 1000;
  c.plan.completed = 10;
  c.expect("x is finished: all of its 10 epochs are done");
  c.plan.completed = 4;
  c.plan.early_stopped = true;
  c.expect("x is finished: EarlyStopping ended the training after epoch 4");
}

TEST(ChangedRate, TheRecipeIsFollowed) {
  lathe_recipe recipe = {};
  recipe.learning_rate = 0.01f;
  auto rate = [&](const std::string &saved, float kept) {
    return lathe::changed_rate(recipe, "x", saved, kept);
  };
  EXPECT_EQ(lathe::rate_text(recipe), "0.01");
  // As it was; what plateaus and --learning-rate made of it stays.
  EXPECT_EQ(rate("0.01", 0.01f).message, "");
  EXPECT_EQ(rate("0.01", 0.001f).rate, 0);
  EXPECT_EQ(rate("0.01", 0.001f).message, "");
  EXPECT_EQ(rate("0.1", 0.1f).rate, 0.01f);
  EXPECT_EQ(rate("0.1", 0.1f).message,
            "the recipe's learning rate was 0.1 when x was saved; training "
            "goes on with the present one, 0.01");
  // A schedule that has ended leaves a rate of 0.
  EXPECT_EQ(rate("schedule", 0).rate, 0.01f);
  EXPECT_NE(rate("schedule", 0).message.find("was a schedule when x"),
            std::string::npos);
  // Older checkpoints do not say.
  EXPECT_EQ(rate("", 0).rate, 0.01f);
  EXPECT_EQ(rate("", 0.1f).rate, 0);
  EXPECT_NE(rate("", 0.1f).message.find("goes on with x's learning rate, 0.1"),
            std::string::npos);
  EXPECT_EQ(rate("", 0.01f).message, "");
  recipe.schedule.kind = LATHE_SCHEDULE_COSINE;
  EXPECT_EQ(lathe::rate_text(recipe), "schedule");
  EXPECT_EQ(rate("0.1", 0).message, "");
}

} // namespace
