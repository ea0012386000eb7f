// early_stopping_test.cpp: what fit concludes from written-down figures. The
// expected values were worked out by hand from Keras 3's EarlyStopping and
// ModelCheckpoint.
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

struct Case {
  const char *name;
  const lathe_model *model;
  std::vector<float> script; // figure of each epoch; the last one repeats
  int64_t epochs;            // done
  int early_stopped;
  int64_t best_epoch;               // at the end; -1 for none
  float step_in_use;                // of the weights at the end
  std::vector<int64_t> best_events; // their epochs
};

std::ostream &operator<<(std::ostream &out, const Case &c) {
  return out << c.name;
}

class EarlyStopping : public testing::TestWithParam<Case> {};

TEST_P(EarlyStopping, FollowsTheScript) {
  const Case &c = GetParam();
  Instance instance(*c.model);
  float *script = reinterpret_cast<float *>(instance.params.data()) + 1;
  for (size_t i = 0; i < 31; ++i)
    script[i] = c.script[std::min(i, c.script.size() - 1)];
  float images[4] = {};
  int32_t labels[4] = {};
  lathe_dataset data = {4,       images,  labels,    nullptr,
                        nullptr, nullptr, LATHE_F32, nullptr};
  EventLog log;
  ASSERT_EQ(fit(instance, data, &data, {}, &log), LATHE_OK);
  EXPECT_EQ(int64_t(log.of_kind(LATHE_EVENT_EPOCH).size()), c.epochs);
  const lathe_event &end = log.events.back();
  ASSERT_EQ(end.kind, LATHE_EVENT_END);
  EXPECT_EQ(end.early_stopped, c.early_stopped);
  EXPECT_EQ(end.epoch, c.epochs - 1);
  EXPECT_EQ(end.best_epoch, c.best_epoch);
  EXPECT_EQ(instance.at<float>("step"), c.step_in_use);
  std::vector<int64_t> best;
  for (size_t i = 0; i < log.events.size(); ++i) {
    if (log.events[i].kind == LATHE_EVENT_BEST) {
      best.push_back(log.events[i].epoch);
      EXPECT_EQ(log.events[i].best_epoch, log.events[i].epoch);
      EXPECT_EQ(log.events[i + 1].kind, LATHE_EVENT_EPOCH);
    }
  }
  EXPECT_EQ(best, c.best_events);

  // Nothing is left to do, however often it is resumed.
  std::string before = instance.bytes();
  EventLog again;
  lathe_fit_options more = {};
  more.epochs = c.early_stopped ? 31 : 30;
  ASSERT_EQ(fit(instance, data, &data, more, &again), LATHE_OK);
  ASSERT_EQ(again.events.size(), 1u);
  EXPECT_EQ(again.events[0].early_stopped, c.early_stopped);
  EXPECT_TRUE(instance.bytes() == before);
}

const float nan_value = std::nanf("");

INSTANTIATE_TEST_SUITE_P(
    Fit, EarlyStopping,
    testing::Values(
        // patience 2, min_delta 0.25: 3.9 is no improvement on 4, 3.7 is.
        // val_accuracy is 0 except where the figure is within [0, 1].
        Case{"min_delta",
             &stop_val_loss_model,
             {4, 3.9f, 3.7f, 3.5f, 3.6f},
             5,
             1,
             2,
             3,
             {0}},
        Case{"equal_to_min_delta",
             &stop_val_loss_model,
             {4, 3.75f, 3.5f},
             5,
             1,
             2,
             3,
             {0}},
        Case{"improves_to_the_end",
             &stop_val_loss_model,
             {30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
              15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4,  3,  2,  1},
             30,
             0,
             29,
             30,
             {0, 29}},
        // accuracy is maximised; no restoring; patience 1.
        Case{"accuracy",
             &stop_val_accuracy_model,
             {0.25f, 0.5f, 0.75f, 0.5f},
             4,
             1,
             2,
             4,
             {}},
        Case{"accuracy_equal",
             &stop_val_accuracy_model,
             {0.5f, 0.5f},
             2,
             1,
             0,
             2,
             {}},
        // patience 0 stops at the first epoch without improvement.
        Case{"patience_0", &stop_loss_model, {3, 2, 2.5f}, 3, 1, 1, 2, {0, 1}},
        // training accuracy, patience 3: epochs 2, 3, 4 wait.
        Case{"train_accuracy",
             &stop_accuracy_model,
             {0.25f, 0.75f, 0.5f},
             5,
             1,
             1,
             2,
             {}}),
    [](const auto &info) { return std::string(info.param.name); });

// The predictions for two validation images are NaN.
TEST(EarlyStopping, WhatIsNotANumberIsNeverBest) {
  ShapesData train(60), validation(30);
  validation.images[36] = validation.images[36 * 7 + 5] = nan_value;
  const lathe_dataset held_out = validation.dataset();
  Instance instance(full_model);
  EventLog log;
  ASSERT_EQ(fit(instance, train.dataset(), &held_out, {}, &log), LATHE_OK);
  EXPECT_EQ(log.of_kind(LATHE_EVENT_BEST).size(), 0u);
  EXPECT_EQ(log.events.back().best_epoch, -1);
  const lathe_metrics &figures = log.of_kind(LATHE_EVENT_EPOCH)[0].validation;
  EXPECT_EQ(figures.samples, 30);
  EXPECT_TRUE(std::isnan(figures.loss));
  EXPECT_TRUE(std::isnan(figures.accuracy));
}

TEST(EarlyStopping, IgnoresValidationFiguresThatDoNotExist) {
  Instance instance(stop_val_loss_model);
  float images[4] = {};
  int32_t labels[4] = {};
  lathe_dataset data = {4,       images,  labels,    nullptr,
                        nullptr, nullptr, LATHE_F32, nullptr};
  EventLog log;
  ASSERT_EQ(fit(instance, data, nullptr, {}, &log), LATHE_OK);
  EXPECT_EQ(log.of_kind(LATHE_EVENT_EPOCH).size(), 30u);
  EXPECT_EQ(log.of_kind(LATHE_EVENT_BEST).size(), 0u);
  EXPECT_EQ(log.of_kind(LATHE_EVENT_EPOCH)[0].validation.samples, 0);
  EXPECT_EQ(log.events.back().best_epoch, -1);
}

TEST(Fit, StopsAtALossThatIsNotFinite) {
  for (float bad : {nan_value, INFINITY, -INFINITY}) {
    Instance instance(stop_val_accuracy_model);
    float *script = reinterpret_cast<float *>(instance.params.data()) + 1;
    script[0] = 0.5f;
    script[1] = bad;
    float images[4] = {}, loss;
    int32_t labels[4] = {};
    lathe_dataset data = {4,       images,  labels,    nullptr,
                          nullptr, nullptr, LATHE_F32, nullptr};
    EventLog log;
    EXPECT_EQ(fit(instance, data, nullptr, {}, &log), LATHE_ERROR_NOT_FINITE);
    EXPECT_EQ(log.of_kind(LATHE_EVENT_BATCH).size(), 1u);
    Instance other(stop_val_accuracy_model);
    reinterpret_cast<float *>(other.params.data())[1] = bad;
    EXPECT_EQ(other.model.train_step(other.params.data(), other.state.data(),
                                     other.arena.data(), images, labels, 4,
                                     &loss),
              LATHE_ERROR_NOT_FINITE);
  }
}

} // namespace
