// split_test.cpp: what is trained on and what is held out.
#include "runtime/data/split.h"
#include "runtime/error.h"
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace {

using Numbers = std::vector<int64_t>;

// Samples without images; files "3/17.jpg" in folders, or arrays.
class Labels : public lathe::Dataset {
public:
  Labels(std::vector<int32_t> labels, bool folders)
      : Dataset(0), labels_(std::move(labels)), folders_(folders) {
    source_.place = "data";
    for (size_t i = 0; i < labels_.size(); ++i)
      names_.push_back(std::to_string(labels_[i]) + "/" + std::to_string(i) +
                       ".jpg");
  }
  int64_t count() const override { return int64_t(labels_.size()); }
  const std::vector<int32_t> &labels() const override { return labels_; }
  std::string name(int64_t i) const override {
    return folders_ ? names_[size_t(i)] : "";
  }
  void gather(const int64_t *, int, void *, int32_t *) override {}
  std::vector<std::string> names_;

private:
  std::vector<int32_t> labels_;
  bool folders_;
};

// `sizes[c]` samples of class c, one class after the other.
Labels sorted_classes(const std::vector<int> &sizes, bool folders) {
  std::vector<int32_t> labels;
  for (size_t c = 0; c < sizes.size(); ++c)
    labels.insert(labels.end(), size_t(sizes[c]), int32_t(c));
  return Labels(labels, folders);
}

lathe_recipe recipe(int32_t split, double value) {
  lathe_recipe result = {};
  result.split = split;
  result.split_value = value;
  return result;
}

lathe::Split split(const lathe::Dataset &dataset, int32_t classes,
                   const lathe_recipe &recipe, int64_t limit = 0,
                   uint64_t seed = 0) {
  lathe::DatasetSpec spec;
  spec.classes = classes;
  return lathe::split_samples(dataset, spec, recipe, limit, seed);
}

Numbers counts(const lathe::Dataset &dataset, const Numbers &samples,
               int classes) {
  Numbers result(static_cast<size_t>(classes));
  for (int64_t sample : samples)
    ++result[size_t(dataset.labels()[size_t(sample)])];
  return result;
}

std::string error_of(const lathe::Dataset &dataset, int32_t classes,
                     const lathe_recipe &recipe, int64_t limit = 0) {
  try {
    split(dataset, classes, recipe, limit);
  } catch (const lathe::Error &error) {
    return error.what();
  }
  return "";
}

Numbers range(int64_t begin, int64_t end) {
  Numbers numbers(size_t(end - begin));
  std::iota(numbers.begin(), numbers.end(), begin);
  return numbers;
}

TEST(SplitSamples, ArraysFollowTheRecipeAndTheLimit) {
  Labels data(std::vector<int32_t>(61, 0), false);
  auto s = split(data, 1, recipe(LATHE_SPLIT_FIRST, 20));
  EXPECT_EQ(s.train, range(20, 61));
  EXPECT_EQ(s.validation, range(0, 20));
  s = split(data, 1, recipe(LATHE_SPLIT_LAST, 20));
  EXPECT_EQ(s.train, range(0, 41));
  EXPECT_EQ(s.validation, range(41, 61));
  s = split(data, 1, recipe(LATHE_SPLIT_FRACTION, 0.3));
  EXPECT_EQ(s.train, range(0, 42));
  EXPECT_EQ(s.validation, range(42, 61));
  s = split(data, 1, recipe(LATHE_SPLIT_FIRST, 20), 7);
  EXPECT_EQ(s.train, range(20, 27));
  EXPECT_EQ(s.validation, range(0, 7));
  s = split(data, 1, recipe(LATHE_SPLIT_NONE, 0));
  EXPECT_EQ(s.train, range(0, 61));
  EXPECT_TRUE(s.validation.empty());
  EXPECT_THROW(split(data, 1, recipe(LATHE_SPLIT_FIRST, 61)), lathe::Error);
}

// What fit does without validation data, the command line does beforehand.
TEST(SplitSamples, ArraysAgreeWithFit) {
  for (const lathe_model *model : {&full_model, &last_model, &fraction_model}) {
    for (int count : {41, 57, 100}) {
      ShapesData data(count);
      Instance instance(*model);
      EventLog log;
      ASSERT_EQ(fit(instance, data.dataset(), nullptr, {}, &log), LATHE_OK);
      auto s = split(Labels(data.labels, false), 3, model->recipe);
      const lathe_event epoch = log.of_kind(LATHE_EVENT_EPOCH)[0];
      EXPECT_EQ(epoch.train.samples, int64_t(s.train.size()));
      EXPECT_EQ(epoch.validation.samples, int64_t(s.validation.size()));
    }
  }
}

TEST(SplitSamples, HoldsOutAFractionOfEachClassOfFolders) {
  for (double fraction : {0.1, 0.2, 0.25, 0.5, 0.9}) {
    Labels data = sorted_classes({100, 40, 60, 20, 200}, true);
    auto s = split(data, 5, recipe(LATHE_SPLIT_FRACTION, fraction));
    Numbers all = s.train;
    all.insert(all.end(), s.validation.begin(), s.validation.end());
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, range(0, 420));
    EXPECT_TRUE(std::is_sorted(s.train.begin(), s.train.end()));
    Numbers held = counts(data, s.validation, 5);
    Numbers sizes = {100, 40, 60, 20, 200};
    for (size_t c = 0; c < 5; ++c)
      EXPECT_NEAR(double(held[c]), fraction * double(sizes[c]), 1);
    EXPECT_EQ(int64_t(s.validation.size()),
              420 - int64_t(420 * (1 - fraction)));
    EXPECT_TRUE(s.notes.empty());
    // Neither the first files of a class nor the last.
    EXPECT_NE(Numbers(s.validation.begin(), s.validation.begin() + held[0]),
              range(0, held[0]));
    EXPECT_NE(Numbers(s.validation.begin(), s.validation.begin() + held[0]),
              range(100 - held[0], 100));
  }
}

TEST(SplitSamples, DependsOnTheSeedAndTheNamesAlone) {
  Labels data = sorted_classes({50, 50}, true);
  const lathe_recipe fifth = recipe(LATHE_SPLIT_FRACTION, 0.2);
  auto first = split(data, 2, fifth, 0, 7);
  EXPECT_EQ(split(data, 2, fifth, 0, 7).validation, first.validation);
  EXPECT_NE(split(data, 2, fifth, 0, 8).validation, first.validation);
  // Another file more: those held out before remain so, but for one at most.
  std::set<std::string> before;
  for (int64_t sample : first.validation)
    before.insert(data.names_[size_t(sample)]);
  Labels grown = sorted_classes({50, 55}, true);
  int64_t kept = 0;
  for (int64_t sample : split(grown, 2, fifth, 0, 7).validation)
    kept += int64_t(before.count(grown.names_[size_t(sample)]));
  EXPECT_GE(kept, 17);
}

TEST(SplitSamples, LimitTakesAnEvenShareOfEachClassOfFolders) {
  Labels data = sorted_classes({1000, 30, 500, 4}, true);
  auto s = split(data, 4, recipe(LATHE_SPLIT_FRACTION, 0.5), 60);
  EXPECT_EQ(counts(data, s.train, 4), (Numbers{22, 15, 21, 2}));
  EXPECT_EQ(counts(data, s.validation, 4), (Numbers{22, 15, 21, 2}));
  s = split(data, 4, recipe(LATHE_SPLIT_NONE, 0), 4);
  EXPECT_EQ(counts(data, s.train, 4), (Numbers{1, 1, 1, 1}));
  s = split(data, 4, recipe(LATHE_SPLIT_NONE, 0), 10000);
  EXPECT_EQ(s.train, range(0, 1534));
  EXPECT_EQ(error_of(data, 4, recipe(LATHE_SPLIT_NONE, 0), 3),
            "--limit 3: there are 4 classes; at least one sample of each is "
            "needed");
}

TEST(SplitSamples, NamesTheClassesThatItLeavesOut) {
  Labels arrays = sorted_classes({30, 30, 5}, false);
  std::string error = error_of(arrays, 3, recipe(LATHE_SPLIT_FRACTION, 0.1));
  EXPECT_EQ(error,
            "data: `validation_split: 0.1` leaves no sample to train on of "
            "these classes: 2; shuffle the samples and their labels alike, or "
            "hold out others");
  error = error_of(arrays, 3, recipe(LATHE_SPLIT_FIRST, 60));
  EXPECT_NE(error.find("`validation_split: {first: 60}` leaves"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("classes: 0, 1;"), std::string::npos) << error;
  Labels folders = sorted_classes({1, 1, 4}, true);
  error = error_of(folders, 3, recipe(LATHE_SPLIT_FRACTION, 0.6));
  EXPECT_NE(error.find("classes: 0; hold out less, or add samples"),
            std::string::npos)
      << error;
  // A class's last sample is held out only when nothing else is left to.
  EXPECT_EQ(error_of(folders, 3, recipe(LATHE_SPLIT_FRACTION, 0.5)), "");
}

TEST(SplitSamples, FoldersHaveNoOrder) {
  Labels data = sorted_classes({50, 50}, true);
  for (auto [kind, name] : {std::pair{LATHE_SPLIT_FIRST, "first"},
                            std::pair{LATHE_SPLIT_LAST, "last"}})
    EXPECT_EQ(error_of(data, 2, recipe(kind, 20)),
              "data: `validation_split: {" + std::string(name) +
                  ": 20}` counts samples in an order that files in folders do "
                  "not have; hold out a fraction of each class instead: "
                  "`validation_split: 0.2`");
}

TEST(SplitSamples, NotesClassesWithoutSamplesInArrays) {
  Labels data({0, 2, 0, 2, 3, 3}, false);
  auto s = split(data, 5, recipe(LATHE_SPLIT_LAST, 1), 2);
  ASSERT_EQ(s.notes.size(), 3u);
  EXPECT_EQ(s.notes[0], "data: no sample of these classes: 1, 4");
  EXPECT_EQ(s.notes[1], "--limit 2: no sample to train on of these classes: 3");
  EXPECT_EQ(s.notes[2], "data: no sample held out of these classes: 0, 2");
}

TEST(Shares, AddUpToTheTotal) {
  uint32_t random = 3;
  for (int run = 0; run < 2000; ++run) {
    Numbers sizes(1 + run % 9);
    int64_t sum = 0;
    for (int64_t &size : sizes) {
      random = random * 1664525u + 1013904223u;
      size = 1 + random % (run % 2 ? 5 : 300);
      sum += size;
    }
    const int64_t total = int64_t(random >> 8) % (sum + 1);
    for (const Numbers &shares : {lathe::even_shares(sizes, total),
                                  lathe::proportional_shares(sizes, total)}) {
      EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), int64_t(0)),
                total);
      for (size_t i = 0; i < sizes.size(); ++i) {
        EXPECT_GE(shares[i], 0);
        EXPECT_LE(shares[i], sizes[i]);
      }
    }
  }
  EXPECT_EQ(lathe::even_shares({5, 1, 9}, 8), (Numbers{4, 1, 3}));
  EXPECT_EQ(lathe::proportional_shares({1, 1, 6}, 4), (Numbers{0, 0, 4}));
}

TEST(Fingerprint, TellsDataApart) {
  const std::string one = lathe::fingerprint(sorted_classes({5, 5}, true));
  EXPECT_EQ(one.find("10 samples, "), 0u);
  EXPECT_EQ(lathe::fingerprint(sorted_classes({5, 5}, true)), one);
  EXPECT_NE(lathe::fingerprint(sorted_classes({4, 6}, true)), one);
  EXPECT_NE(lathe::fingerprint(sorted_classes({5, 5}, false)), one);
}

} // namespace
