// fit_test.cpp: the training loop on a model that really learns.
#include "runtime/embedded/internal.h"
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

TEST(Shuffle, IsAPermutationThatDependsOnSeedAndEpoch) {
  for (int64_t count : {1,  2,  3,  4,   5,   7,   8,    15,   16,   17,
                        63, 64, 65, 255, 256, 257, 1000, 4095, 4097, 60000}) {
    std::vector<bool> seen(count);
    for (int64_t i = 0; i < count; ++i) {
      int64_t place = lathe_this_shuffled(11, 3, i, count);
      ASSERT_TRUE(place >= 0 && place < count) << count;
      ASSERT_FALSE(seen[place]) << count;
      seen[place] = true;
    }
  }
  auto order = [](uint64_t seed, int64_t epoch) {
    std::vector<int64_t> result;
    for (int64_t i = 0; i < 1000; ++i)
      result.push_back(lathe_this_shuffled(seed, epoch, i, 1000));
    return result;
  };
  EXPECT_EQ(order(1, 0), order(1, 0));
  EXPECT_NE(order(1, 0), order(1, 1));
  EXPECT_NE(order(1, 0), order(2, 0));
}

// First places of many epochs are spread evenly: chi-square with 9 degrees of
// freedom stays under 27.9 with probability 0.999.
TEST(Shuffle, PutsEverySampleFirstEquallyOften) {
  int counts[10] = {};
  for (int64_t epoch = 0; epoch < 10000; ++epoch)
    ++counts[lathe_this_shuffled(5, epoch, 0, 10)];
  double chi = 0;
  for (int count : counts)
    chi += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi, 27.9);
}

TEST(Init, IsUniformAndDependsOnTheSeed) {
  Instance a(plain_model, 1), b(plain_model, 1), c(plain_model, 2);
  EXPECT_TRUE(a.bytes() == b.bytes());
  EXPECT_NE(a.params.bytes(), c.params.bytes());
  const float *kernel = &a.at<float>("dense/kernel");
  auto [low, high] = std::minmax_element(kernel, kernel + 108);
  EXPECT_GE(*low, -0.25f);
  EXPECT_LT(*low, -0.2f);
  EXPECT_LT(*high, 0.25f);
  EXPECT_GT(*high, 0.2f);
  EXPECT_EQ(a.at<float>("rescaling/scale"), 1.0f / 255);
  EXPECT_EQ(c.at<int64_t>("fit/seed"), 2);
  EXPECT_EQ(a.at<float>("optimizer/learning_rate"), 0.5f);
}

TEST(Fit, Learns) {
  ShapesData train(203), test(100, 99);
  Instance instance(plain_model);
  lathe_metrics before, after;
  lathe_dataset data = test.dataset();
  ASSERT_EQ(plain_model.evaluate(instance.params.data(), instance.arena.data(),
                                 &data, &before),
            LATHE_OK);
  EventLog log;
  ASSERT_EQ(fit(instance, train.dataset(), &data, {}, &log), LATHE_OK);
  plain_model.evaluate(instance.params.data(), instance.arena.data(), &data,
                       &after);
  EXPECT_LT(before.accuracy, 0.7);
  EXPECT_GE(after.accuracy, 0.99);
  EXPECT_LT(after.loss, 0.2);

  auto epochs = log.of_kind(LATHE_EVENT_EPOCH);
  ASSERT_EQ(epochs.size(), 4u);
  EXPECT_EQ(epochs[3].epoch, 3);
  EXPECT_EQ(epochs[3].epochs, 4);
  EXPECT_EQ(epochs[3].steps, 26); // 203 samples in batches of 8
  EXPECT_EQ(epochs[3].train.samples, 203);
  EXPECT_EQ(epochs[3].validation.samples, 100);
  EXPECT_EQ(epochs[3].validation.loss, after.loss);
  EXPECT_LT(epochs[3].train.loss, epochs[0].train.loss);
  EXPECT_EQ(epochs[3].best_epoch, -1);
  auto batches = log.of_kind(LATHE_EVENT_BATCH);
  ASSERT_EQ(batches.size(), 4u * 26);
  EXPECT_EQ(batches[0].train.samples, 8);
  EXPECT_EQ(batches[25].train.samples, 203);
  EXPECT_EQ(batches[25].step, 26);
  EXPECT_EQ(batches[27].step, 2);
  EXPECT_EQ(log.events.back().kind, LATHE_EVENT_END);
  EXPECT_EQ(instance.at<int64_t>("optimizer/iteration"), 4 * 26);
}

TEST(Fit, GivesTheSameForArraysAndCallback) {
  ShapesData train(300); // more than one call of get_batch can ask for
  Instance a(full_model), b(full_model);
  EXPECT_EQ(fit(a, train.dataset()), LATHE_OK);
  EXPECT_EQ(fit(b, callback_dataset(train)), LATHE_OK);
  EXPECT_TRUE(a.bytes() == b.bytes());
  lathe_dataset arrays = train.dataset(), callback = callback_dataset(train);
  lathe_metrics one, two;
  full_model.evaluate(a.params.data(), a.arena.data(), &arrays, &one);
  full_model.evaluate(a.params.data(), a.arena.data(), &callback, &two);
  EXPECT_EQ(one.loss, two.loss);
  EXPECT_EQ(one.accuracy, two.accuracy);
}

// The samples as bytes, and what was said and asked about them.
struct ByteSamples {
  std::vector<uint8_t> images;
  std::vector<int32_t> labels;
  std::vector<int64_t> announced, asked;
  int64_t most_ahead = 0;

  explicit ByteSamples(ShapesData &data) : labels(data.labels) {
    for (float &value : data.images) {
      images.push_back(uint8_t(value));
      value = float(images.back());
    }
  }
  lathe_dataset arrays() const {
    lathe_dataset data = {};
    data.count = int64_t(labels.size());
    data.images = images.data();
    data.labels = labels.data();
    data.image_type = LATHE_U8;
    return data;
  }
  lathe_dataset callback() {
    lathe_dataset data = {};
    data.count = int64_t(labels.size());
    data.context = this;
    data.image_type = LATHE_U8;
    data.get_batch = [](void *context, const int64_t *samples, int n,
                        void *images, int32_t *labels) {
      auto *self = static_cast<ByteSamples *>(context);
      for (int i = 0; i < n; ++i) {
        std::memcpy(static_cast<uint8_t *>(images) + 36 * i,
                    &self->images[36 * samples[i]], 36);
        labels[i] = self->labels[samples[i]];
        self->asked.push_back(samples[i]);
      }
      return 0;
    };
    data.announce = [](void *context, const int64_t *samples, int n) {
      auto *self = static_cast<ByteSamples *>(context);
      self->announced.insert(self->announced.end(), samples, samples + n);
      self->most_ahead =
          std::max(self->most_ahead, int64_t(self->announced.size()) -
                                         int64_t(self->asked.size()));
    };
    return data;
  }
};

TEST(Fit, GivesTheSameForBytesAndFloats) {
  ShapesData train(300), test(41, 99);
  ByteSamples bytes(train), test_bytes(test);
  const lathe_dataset floats[] = {train.dataset(), test.dataset()};
  const lathe_dataset arrays[] = {bytes.arrays(), test_bytes.arrays()};
  const lathe_dataset asked[] = {bytes.callback(), test_bytes.callback()};
  for (int no_shuffle : {0, 1}) {
    lathe_fit_options options = {};
    options.no_shuffle = no_shuffle;
    EventLog log;
    Instance a(full_model), b(full_model), c(full_model);
    ASSERT_EQ(fit(a, floats[0], &floats[1], options, &log), LATHE_OK);
    ASSERT_EQ(fit(b, arrays[0], &arrays[1], options), LATHE_OK);
    ASSERT_EQ(fit(c, asked[0], &asked[1], options), LATHE_OK);
    EXPECT_TRUE(a.bytes() == b.bytes());
    EXPECT_TRUE(a.bytes() == c.bytes());
    lathe_metrics one, two;
    full_model.evaluate(a.params.data(), a.arena.data(), &floats[1], &one);
    full_model.evaluate(a.params.data(), a.arena.data(), &arrays[1], &two);
    EXPECT_EQ(one.loss, two.loss);
  }
  lathe_dataset strange = bytes.arrays();
  strange.image_type = LATHE_I32;
  Instance instance(full_model);
  EXPECT_EQ(fit(instance, strange), LATHE_ERROR_ARGUMENT);
}

// Each batch but the first of an epoch is announced, in order; so are all of
// the samples that it is validated on.
TEST(Fit, AnnouncesTheSamplesThatComeNext) {
  ShapesData train(50), test(20, 99);
  ByteSamples bytes(train), test_bytes(test);
  const lathe_dataset validation = test_bytes.callback();
  Instance instance(plain_model);
  lathe_fit_options options = {};
  options.epochs = 2;
  ASSERT_EQ(fit(instance, bytes.callback(), &validation, options), LATHE_OK);
  std::vector<int64_t> expected;
  for (size_t i = 0; i < 100; ++i)
    if (i % 50 >= 8)
      expected.push_back(bytes.asked[i]);
  EXPECT_EQ(bytes.announced, expected);
  EXPECT_EQ(bytes.most_ahead, 0); // the first 8 were asked for before
  EXPECT_EQ(test_bytes.announced, test_bytes.asked);
  EXPECT_EQ(test_bytes.most_ahead, plain_model.batch);
}

// As threads might do it: the last task first.
int run_backwards(lathe_task task, void *closure, int min, int count) {
  for (int i = min + count; i-- > min;)
    task(closure, i);
  return 0;
}

TEST(Bytes, BecomeFloatsInTheirOwnMemory) {
  for (int64_t count : {1, 63, 64, 1000, 131072, 131073, 500003}) {
    for (auto parallel_for : {lathe_parallel_for_function(nullptr),
                              lathe_parallel_for_function(run_backwards)}) {
      std::vector<float> memory(static_cast<size_t>(count));
      uint8_t *bytes = lathe_this_bytes_place(memory.data(), count);
      for (int64_t i = 0; i < count; ++i)
        bytes[i] = uint8_t(i * 2654435761u >> 13);
      lathe_parallel_for = parallel_for;
      lathe_this_widen(memory.data(), count);
      lathe_parallel_for = nullptr;
      for (int64_t i = 0; i < count; ++i)
        ASSERT_EQ(memory[size_t(i)], float(uint8_t(i * 2654435761u >> 13)))
            << i << " of " << count;
    }
  }
}

std::vector<float> some_weights(size_t count) {
  std::vector<float> weights;
  for (size_t i = 0; i < count; ++i)
    weights.push_back(float(i * 7 % 11) / 4);
  return weights;
}

// One epoch of fit is these steps; sample 20 is the first that is not set apart
// for validation.
TEST(Fit, KeepsWeightsWithTheirSamples) {
  ShapesData train(300);
  std::vector<float> weights = some_weights(300);
  lathe_dataset arrays = train.dataset(), callback = callback_dataset(train);
  arrays.sample_weights = callback.sample_weights = weights.data();
  lathe_fit_options options = {};
  options.epochs = 1;
  for (int no_shuffle : {0, 1}) {
    options.no_shuffle = no_shuffle;
    Instance a(weighted_model), b(weighted_model), steps(weighted_model);
    EventLog log;
    ASSERT_EQ(fit(a, arrays, nullptr, options, &log), LATHE_OK);
    ASSERT_EQ(fit(b, callback, nullptr, options), LATHE_OK);
    EXPECT_TRUE(a.bytes() == b.bytes());
    for (int64_t start = 0; start < 280; start += 8) {
      ShapesData batch(0);
      std::vector<float> batch_weights;
      for (int64_t i = start; i < start + 8; ++i) {
        int64_t sample =
            20 + (no_shuffle ? i : lathe_this_shuffled(1, 0, i, 280));
        const float *image = &train.images[size_t(36 * sample)];
        batch.images.insert(batch.images.end(), image, image + 36);
        batch.labels.push_back(train.labels[size_t(sample)]);
        batch_weights.push_back(weights[size_t(sample)]);
      }
      float loss;
      ASSERT_EQ(weighted_model.train_step_weighted(
                    steps.params.data(), steps.state.data(), steps.arena.data(),
                    batch.images.data(), batch.labels.data(),
                    batch_weights.data(), 8, &loss),
                LATHE_OK);
    }
    EXPECT_TRUE(a.params.bytes() == steps.params.bytes());

    // The samples set apart keep theirs, too.
    ShapesData first(20);
    lathe_dataset validation = first.dataset();
    validation.sample_weights = weights.data();
    lathe_metrics metrics, plain;
    weighted_model.evaluate(a.params.data(), a.arena.data(), &validation,
                            &metrics);
    validation.sample_weights = nullptr;
    weighted_model.evaluate(a.params.data(), a.arena.data(), &validation,
                            &plain);
    EXPECT_EQ(log.of_kind(LATHE_EVENT_EPOCH)[0].validation.loss, metrics.loss);
    EXPECT_NE(metrics.loss, plain.loss);
    EXPECT_EQ(metrics.accuracy, plain.accuracy);
  }
}

TEST(Fit, WithoutWeightsEqualsOnes) {
  ShapesData train(61);
  std::vector<float> ones(61, 1.0f);
  Instance a(weighted_model), b(weighted_model), c(weighted_model);
  lathe_dataset data = train.dataset();
  ASSERT_EQ(fit(a, data), LATHE_OK);
  ASSERT_EQ(fit(b, callback_dataset(train)), LATHE_OK);
  EXPECT_TRUE(a.bytes() == b.bytes());
  data.sample_weights = ones.data();
  ASSERT_EQ(fit(c, data), LATHE_OK);
  EXPECT_TRUE(a.bytes() == c.bytes());
}

TEST(Fit, WeightsOfAnInterruptedRunStayWithTheirSamples) {
  ShapesData train(61);
  std::vector<float> weights = some_weights(61);
  lathe_dataset data = train.dataset();
  data.sample_weights = weights.data();
  Instance whole(weighted_model), parts(weighted_model);
  ASSERT_EQ(fit(whole, data), LATHE_OK);
  for (size_t cancel : {3, 5, 6}) {
    EventLog log;
    log.cancel_at = cancel;
    ASSERT_EQ(fit(parts, data, nullptr, {}, &log), LATHE_ERROR_CANCELLED);
  }
  ASSERT_EQ(fit(parts, data), LATHE_OK);
  EXPECT_TRUE(parts.bytes() == whole.bytes());
}

// Cancels at every single event of a run, goes on in fresh memory that holds
// nothing but the saved bytes, and compares everything.
TEST(Fit, StoppedAnywhereAndResumedEqualsUninterrupted) {
  ShapesData train(61);
  Instance whole(full_model);
  EventLog all;
  lathe_fit_options options = {};
  options.epochs = 3;
  ASSERT_EQ(fit(whole, train.dataset(), nullptr, options, &all), LATHE_OK);
  ASSERT_GT(all.events.size(), 20u);
  for (size_t cancel = 0; cancel < all.events.size(); ++cancel) {
    Instance first(full_model);
    EventLog log;
    log.cancel_at = cancel;
    ASSERT_EQ(fit(first, train.dataset(), nullptr, options, &log),
              LATHE_ERROR_CANCELLED);
    Instance second(full_model, 999);
    std::memcpy(second.params.data(), first.params.data(),
                full_model.params_size);
    std::memcpy(second.state.data(), first.state.data(), full_model.state_size);
    EventLog rest;
    ASSERT_EQ(fit(second, train.dataset(), nullptr, options, &rest), LATHE_OK);
    EXPECT_TRUE(second.bytes() == whole.bytes())
        << "cancelled at event " << cancel;
    if (cancel < 3) { // the figures too, not only the weights
      EXPECT_EQ(rest.of_kind(LATHE_EVENT_EPOCH)[0].train.loss,
                all.of_kind(LATHE_EVENT_EPOCH)[0].train.loss);
    }
  }
}

TEST(Fit, GoesOnAfterItsEndAsIfItHadNotEnded) {
  ShapesData train(61);
  Instance whole(full_model), parts(full_model);
  lathe_fit_options options = {};
  options.epochs = 4;
  ASSERT_EQ(fit(whole, train.dataset(), nullptr, options), LATHE_OK);
  for (int64_t epochs : {1, 3, 4}) {
    options.epochs = epochs;
    ASSERT_EQ(fit(parts, train.dataset(), nullptr, options), LATHE_OK);
  }
  EXPECT_TRUE(parts.bytes() == whole.bytes());

  EventLog log; // finished: nothing left but the end
  std::string before = parts.bytes();
  ASSERT_EQ(fit(parts, train.dataset(), nullptr, options, &log), LATHE_OK);
  ASSERT_EQ(log.events.size(), 1u);
  EXPECT_EQ(log.events[0].kind, LATHE_EVENT_END);
  EXPECT_TRUE(parts.bytes() == before);
}

TEST(Fit, AnotherBatchSizeInMidEpochStillSeesEverySampleOnce) {
  ShapesData train(50);
  std::multiset<int64_t> seen;
  struct Context {
    ShapesData *data;
    std::multiset<int64_t> *seen;
  } context{&train, &seen};
  lathe_dataset data = callback_dataset(train);
  data.context = &context;
  data.get_batch = [](void *context, const int64_t *samples, int n,
                      void *images, int32_t *labels) {
    auto *c = static_cast<Context *>(context);
    c->seen->insert(samples, samples + n);
    return copy_samples(c->data, samples, n, images, labels);
  };
  Instance instance(plain_model);
  EventLog log;
  log.cancel_at = 2; // after 24 samples
  lathe_fit_options options = {};
  options.epochs = 1;
  ASSERT_EQ(fit(instance, data, nullptr, options, &log), LATHE_ERROR_CANCELLED);
  options.batch_size = 16;
  EventLog rest;
  ASSERT_EQ(fit(instance, data, nullptr, options, &rest), LATHE_OK);
  EXPECT_EQ(rest.events[0].step, 4);
  EXPECT_EQ(rest.events[0].steps, 5); // 8 + 8 + 8 + 16 + 10
  std::multiset<int64_t> expected;
  for (int64_t i = 0; i < 50; ++i)
    expected.insert(i);
  EXPECT_EQ(seen, expected);
}

struct Split {
  const lathe_model *model;
  int count;
  int64_t train_first, train_count;
  int64_t validation_first, validation_count;
};

class Splits : public testing::TestWithParam<Split> {};

// Training on the parts as two datasets must give what the split gave.
TEST_P(Splits, AreTakenAsInKeras) {
  const Split &split = GetParam();
  ShapesData all(split.count);
  auto part = [&](int64_t first, int64_t count) {
    lathe_dataset data = all.dataset();
    data.count = count;
    data.images = all.images.data() + first * 36;
    data.labels += first;
    return data;
  };
  Instance a(*split.model), b(*split.model);
  lathe_dataset train = part(split.train_first, split.train_count);
  lathe_dataset validation =
      part(split.validation_first, split.validation_count);
  EventLog log_a, log_b;
  ASSERT_EQ(fit(a, all.dataset(), nullptr, {}, &log_a), LATHE_OK);
  ASSERT_EQ(fit(b, train, &validation, {}, &log_b), LATHE_OK);
  EXPECT_TRUE(a.bytes() == b.bytes());
  EXPECT_EQ(log_a.of_kind(LATHE_EVENT_EPOCH)[0].train.samples,
            split.train_count);
  EXPECT_EQ(log_a.of_kind(LATHE_EVENT_EPOCH)[0].validation.samples,
            split.validation_count);
  EXPECT_EQ(log_a.of_kind(LATHE_EVENT_EPOCH)[0].validation.loss,
            log_b.of_kind(LATHE_EVENT_EPOCH)[0].validation.loss);
}

// Keras: split_at = int(floor(count * (1 - fraction))).
INSTANTIATE_TEST_SUITE_P(
    Fit, Splits,
    testing::Values(Split{&full_model, 60, 20, 40, 0, 20},
                    Split{&last_model, 60, 0, 40, 40, 20},
                    Split{&fraction_model, 61, 0, 42, 42, 19},
                    Split{&fraction_model, 4, 0, 2, 2, 2}));

TEST(Fit, OptionsOverrideTheRecipe) {
  ShapesData train(40);
  Instance instance(plain_model), slow(plain_model), still(plain_model);
  lathe_fit_options options = {};
  options.epochs = 1;
  options.batch_size = 10;
  options.learning_rate = 0.125f;
  EventLog log;
  ASSERT_EQ(fit(instance, train.dataset(), nullptr, options, &log), LATHE_OK);
  EXPECT_EQ(log.of_kind(LATHE_EVENT_BATCH).size(), 4u);
  EXPECT_EQ(log.events[0].learning_rate, 0.125f);
  EXPECT_EQ(instance.at<float>("optimizer/learning_rate"), 0.125f);
  options.no_shuffle = 1;
  ASSERT_EQ(fit(slow, train.dataset(), nullptr, options), LATHE_OK);
  EXPECT_NE(slow.bytes(), instance.bytes());
  // In order, four train_steps do the same as the epoch.
  still.at<float>("optimizer/learning_rate") = 0.125f;
  for (int i = 0; i < 4; ++i) {
    float loss;
    ASSERT_EQ(plain_model.train_step(still.params.data(), still.state.data(),
                                     still.arena.data(), &train.images[360 * i],
                                     &train.labels[10 * i], 10, &loss),
              LATHE_OK);
  }
  EXPECT_EQ(still.params.bytes(), slow.params.bytes());
}

} // namespace
