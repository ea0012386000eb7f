// balance_test.cpp: classes of unequal sizes in fit.
#include "runtime/embedded/internal.h"
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace {

// 4, 60 and 17 samples of the classes, and what an epoch asks for.
struct Unequal {
  ShapesData data{0};
  std::vector<std::vector<int64_t>> epochs{1};
  std::vector<int32_t> labels;

  Unequal() {
    ShapesData all(300);
    int left[] = {4, 60, 17};
    for (size_t i = 0; i < all.labels.size(); ++i)
      if (left[all.labels[i]]-- > 0) {
        data.labels.push_back(all.labels[i]);
        data.images.insert(data.images.end(), all.images.begin() + 36 * i,
                           all.images.begin() + 36 * (i + 1));
      }
  }

  static int read(void *context, const int64_t *samples, int n, void *images,
                  int32_t *labels) {
    auto *self = static_cast<Unequal *>(context);
    self->epochs.back().insert(self->epochs.back().end(), samples, samples + n);
    return copy_samples(&self->data, samples, n, images, labels);
  }

  lathe_dataset dataset() {
    lathe_dataset result = {};
    result.count = int64_t(data.labels.size());
    result.labels = data.labels.data();
    result.get_batch = read;
    result.context = this;
    return result;
  }

  static int next_epoch(void *context, const lathe_event *event) {
    auto *self = static_cast<Unequal *>(context);
    if (event->kind == LATHE_EVENT_EPOCH)
      self->epochs.emplace_back();
    return 0;
  }

  // The samples of each of four epochs.
  std::vector<std::vector<int64_t>> drawn(const lathe_model &model) {
    Instance instance(model);
    lathe_fit_options options = {};
    options.callback = next_epoch;
    options.context = this;
    EXPECT_EQ(fit(instance, dataset(), nullptr, options), LATHE_OK);
    epochs.pop_back();
    return epochs;
  }
};

std::map<int64_t, int> times(const std::vector<int64_t> &epoch) {
  std::map<int64_t, int> result;
  for (int64_t sample : epoch)
    ++result[sample];
  return result;
}

TEST(Sampling, OversamplesEachClassToTheLargest) {
  Unequal data;
  std::vector<std::map<int64_t, int>> epochs;
  for (const std::vector<int64_t> &epoch : data.drawn(oversampled_model)) {
    EXPECT_EQ(epoch.size(), 180u);
    epochs.push_back(times(epoch));
    EXPECT_EQ(epochs.back().size(), 81u); // none is left out
    int of_class[3] = {};
    for (auto [sample, count] : epochs.back()) {
      const int32_t label = data.data.labels[size_t(sample)];
      of_class[label] += count;
      // 60 of 4 are 15 each, of 60 one, of 17 three or four.
      EXPECT_TRUE(label == 0   ? count == 15
                  : label == 1 ? count == 1
                               : count == 3 || count == 4);
    }
    for (int count : of_class)
      EXPECT_EQ(count, 60);
  }
  ASSERT_EQ(epochs.size(), 4u);
  EXPECT_NE(epochs[0], epochs[1]); // others are there once more
  EXPECT_NE(data.epochs[0], data.epochs[1]);
}

// What the recipe holds out is neither counted nor drawn.
TEST(Sampling, LeavesTheHeldOutAlone) {
  Unequal data;
  std::map<int32_t, int64_t> sizes;
  for (size_t i = 20; i < data.data.labels.size(); ++i)
    ++sizes[data.data.labels[i]];
  EXPECT_EQ(sizes.size(), 2u); // class 0 is among the first 20
  const size_t each = size_t(std::max(sizes[1], sizes[2]));
  for (std::vector<int64_t> epoch : data.drawn(oversampled_rest_model)) {
    ASSERT_EQ(epoch.size(), each * sizes.size() + 20); // and validation
    epoch.resize(each * sizes.size());
    EXPECT_EQ(*std::min_element(epoch.begin(), epoch.end()), 20);
    std::map<int32_t, size_t> of_class;
    for (int64_t sample : epoch)
      ++of_class[data.data.labels[size_t(sample)]];
    for (const auto &[label, size] : sizes)
      EXPECT_EQ(of_class[label], each) << size;
  }
}

TEST(Sampling, UndersamplesEachClassToTheSmallest) {
  Unequal data;
  std::set<int64_t> seen;
  for (const std::vector<int64_t> &epoch : data.drawn(undersampled_model)) {
    EXPECT_EQ(epoch.size(), 12u);
    int of_class[3] = {};
    for (auto [sample, count] : times(epoch)) {
      EXPECT_EQ(count, 1);
      ++of_class[data.data.labels[size_t(sample)]];
      seen.insert(sample);
    }
    for (int count : of_class)
      EXPECT_EQ(count, 4);
  }
  EXPECT_GT(seen.size(), 20u);
}

// Of 3240 draws in 40 epochs, a class has 1080: five standard deviations are
// 134. Samples of a class are equally likely: chi-square of the 60 of class 1
// stays under 99.6 with probability 0.999 (59 degrees of freedom).
TEST(Sampling, DrawsEachClassWithTheSameProbability) {
  Unequal data;
  Instance instance(drawn_model);
  lathe_fit_options options = {};
  options.epochs = 40;
  ASSERT_EQ(fit(instance, data.dataset(), nullptr, options), LATHE_OK);
  ASSERT_EQ(data.epochs[0].size(), 81u * 40);
  int of_class[3] = {};
  double chi = 0;
  for (auto [sample, count] : times(data.epochs[0])) {
    const int32_t label = data.data.labels[size_t(sample)];
    of_class[label] += count;
    if (label == 1)
      chi += (count - 18.0) * (count - 18.0) / 18.0;
  }
  for (int count : of_class)
    EXPECT_NEAR(count, 1080, 134);
  EXPECT_LT(chi, 99.6);
}

TEST(Sampling, GoesOnAsIfItHadNotStopped) {
  for (const lathe_model *model : {&oversampled_model, &undersampled_model,
                                   &drawn_model, &balanced_model}) {
    Unequal data;
    Instance whole(*model);
    ASSERT_EQ(fit(whole, data.dataset()), LATHE_OK);
    for (size_t stop : {0, 1, 7, 30}) {
      Instance parts(*model);
      EventLog log;
      log.cancel_at = stop;
      int status = fit(parts, data.dataset(), nullptr, {}, &log);
      if (status == LATHE_ERROR_CANCELLED)
        status = fit(parts, data.dataset());
      ASSERT_EQ(status, LATHE_OK);
      EXPECT_TRUE(parts.bytes() == whole.bytes()) << model->name << stop;
    }
    // Arrays are the same samples.
    lathe_dataset arrays = data.data.dataset();
    Instance other(*model);
    ASSERT_EQ(fit(other, arrays), LATHE_OK);
    EXPECT_TRUE(other.bytes() == whole.bytes());
  }
}

TEST(Sampling, CountsAnEpochsSteps) {
  for (auto [model, steps] : {std::pair{&oversampled_model, 23},
                              {&undersampled_model, 2},
                              {&drawn_model, 11}}) {
    Unequal data;
    Instance instance(*model);
    EventLog log;
    ASSERT_EQ(fit(instance, data.dataset(), nullptr, {}, &log), LATHE_OK);
    for (const lathe_event &event : log.events)
      EXPECT_EQ(event.steps, steps);
  }
}

TEST(Sampling, NeedsLabelsOfAllSamplesAndShuffles) {
  Unequal data;
  lathe_dataset blind = data.dataset();
  blind.labels = nullptr;
  for (const lathe_model *model : {&oversampled_model, &balanced_model}) {
    Instance instance(*model);
    EXPECT_EQ(fit(instance, blind), LATHE_ERROR_ARGUMENT);
    std::vector<int32_t> wrong = data.data.labels;
    wrong[3] = 3;
    lathe_dataset strange = data.dataset();
    strange.labels = wrong.data();
    EXPECT_EQ(fit(instance, strange), LATHE_ERROR_LABEL);
  }
  lathe_fit_options options = {};
  options.no_shuffle = 1;
  Instance instance(drawn_model);
  EXPECT_EQ(fit(instance, data.dataset(), nullptr, options),
            LATHE_ERROR_ARGUMENT);
}

// The same as weights that the host computes.
TEST(ClassWeight, IsBalancedByTheTrainingData) {
  Unequal data;
  std::vector<float> weights;
  const double sizes[] = {4, 60, 17};
  for (int32_t label : data.data.labels)
    weights.push_back(float(81 / (3 * sizes[label])));
  lathe_dataset given = data.dataset();
  given.sample_weights = weights.data();
  Instance balanced(balanced_model), weighted(weighted_model);
  for (bool shuffle : {true, false}) {
    lathe_fit_options options = {};
    options.no_shuffle = !shuffle;
    // That one's recipe would hold samples out.
    lathe_dataset none = data.dataset();
    none.count = 0;
    ASSERT_EQ(fit(balanced, data.data.dataset(), nullptr, options), LATHE_OK);
    ASSERT_EQ(fit(weighted, given, &none, options), LATHE_OK);
    EXPECT_EQ(balanced.params.bytes(), weighted.params.bytes());
  }
  // Other weights multiply, and validation counts all alike.
  Instance both(balanced_model);
  lathe_dataset validation = data.dataset();
  EventLog log;
  ASSERT_EQ(fit(both, given, &validation, {}, &log), LATHE_OK);
  lathe_metrics plain;
  ASSERT_EQ(balanced_model.evaluate(both.params.data(), both.arena.data(),
                                    &validation, &plain),
            LATHE_OK);
  EXPECT_EQ(log.of_kind(LATHE_EVENT_EPOCH).back().validation.loss, plain.loss);
  EXPECT_NE(both.params.bytes(), balanced.params.bytes());
}

// Two labels of an image count their own weights, 2 and 2/3, each with its
// share of the loss.
TEST(ClassWeight, OfMixedImagesIsThatOfEachLabel) {
  lathe_balance balance = {};
  balance.count = 160;
  balance.classes = 2;
  balance.sizes[0] = 40;
  balance.sizes[1] = 120;
  lathe_samples samples = {};
  samples.balance = &balance;
  int32_t labels[] = {0, 1, 1, 0}, others[] = {1, 0, 1, 0};
  float shares[] = {0.75f, 0.5f, 0.875f, 1}, weights[] = {1, 1, 3, 1};
  lathe_batch batch = {};
  batch.labels = labels;
  batch.others = others;
  batch.shares = shares;
  batch.staging_weights = weights;
  const float before[] = {0.75f, 0.5f, 0.875f, 1}, given[] = {1, 1, 3, 1};
  ASSERT_EQ(lathe_this_balance_weights(&samples, &batch, 4), LATHE_OK);
  for (int i = 0; i < 4; ++i) {
    const double first = labels[i] ? 2.0 / 3 : 2,
                 second = others[i] ? 2.0 / 3 : 2;
    EXPECT_NEAR(weights[i] * shares[i], given[i] * before[i] * first, 1e-6);
    EXPECT_NEAR(weights[i] * (1 - shares[i]),
                given[i] * (1 - before[i]) * second, 1e-6);
  }
  batch.others = nullptr;
  weights[0] = 1;
  ASSERT_EQ(lathe_this_balance_weights(&samples, &batch, 1), LATHE_OK);
  EXPECT_EQ(weights[0], 2);
  labels[0] = 2;
  EXPECT_EQ(lathe_this_balance_weights(&samples, &batch, 1), LATHE_ERROR_LABEL);
}

} // namespace
