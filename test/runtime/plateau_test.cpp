// plateau_test.cpp: ReduceLROnPlateau on written-down figures. The expected
// rates were worked out by hand from Keras 3's ReduceLROnPlateau.
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

namespace {

// Patience 2, min_delta 0.25, factor 0.5, cooldown 1, min_lr 0.1.
const std::vector<float> script = {4, 3.9f, 3, 3};
const std::vector<float> rates = {0.5f,  0.5f,   0.5f,   0.5f, 0.5f, 0.25f,
                                  0.25f, 0.125f, 0.125f, 0.1f, 0.1f, 0.1f};

struct Training {
  Instance instance{plateau_model};
  std::vector<float> rates;

  Training() {
    float *figures = reinterpret_cast<float *>(instance.params.data()) + 1;
    for (size_t i = 0; i < 31; ++i)
      figures[i] = script[std::min(i, script.size() - 1)];
  }
  void train_until(int64_t epochs) {
    float images[4] = {};
    int32_t labels[4] = {};
    lathe_dataset data = {4,       images,  labels,    nullptr,
                          nullptr, nullptr, LATHE_F32, nullptr};
    lathe_fit_options options = {};
    options.epochs = epochs;
    EventLog log;
    ASSERT_EQ(fit(instance, data, &data, options, &log), LATHE_OK);
    for (const lathe_event &event : log.of_kind(LATHE_EVENT_EPOCH))
      rates.push_back(event.learning_rate);
  }
};

TEST(ReduceLROnPlateau, LowersTheRate) {
  Training run;
  run.train_until(12);
  EXPECT_EQ(run.rates, rates);
}

TEST(ReduceLROnPlateau, GoesOnWhereItWas) {
  for (int64_t pause = 1; pause < 12; ++pause) {
    Training whole, parts;
    whole.train_until(12);
    parts.train_until(pause);
    parts.train_until(12);
    EXPECT_EQ(parts.rates, rates) << "after " << pause << " epochs";
    EXPECT_TRUE(parts.instance.bytes() == whole.instance.bytes());
  }
}

} // namespace
