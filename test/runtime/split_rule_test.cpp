// split_rule_test.cpp: training, validation and test parts of a seeded order,
// and groups that stay together.
#include "runtime/data/split.h"
#include "runtime/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace {

using Numbers = std::vector<int64_t>;

// Pictures "p12_3.jpg", the third of patient 12, or arrays.
class Pictures : public lathe::Dataset {
public:
  explicit Pictures(bool files = true, bool table = false)
      : Dataset(0), files_(files) {
    source_.place = "data";
    source_.is_table = table;
  }
  void add(int32_t label, int patient = 0) {
    names_.push_back(std::to_string(label) + "/p" + std::to_string(patient) +
                     "_" + std::to_string(names_.size()) + ".jpg");
    groups_.push_back(std::to_string(patient));
    labels_.push_back(label);
  }
  int64_t count() const override { return int64_t(labels_.size()); }
  const std::vector<int32_t> &labels() const override { return labels_; }
  std::string name(int64_t i) const override {
    return files_ ? names_[size_t(i)] : "";
  }
  std::string group(int64_t i) const override { return groups_[size_t(i)]; }
  void gather(const int64_t *, int, void *, int32_t *) override {}

private:
  bool files_;
  std::vector<std::string> names_, groups_;
  std::vector<int32_t> labels_;
};

Pictures unequal_classes(bool files) {
  Pictures pictures(files);
  for (int i = 0; i < 460; ++i)
    pictures.add(i < 300 ? 0 : i < 400 ? 1 : 2);
  return pictures;
}

// Patients with 1 to 12 pictures, of one or two classes.
Pictures patients(bool table) {
  Pictures pictures(true, table);
  uint32_t random = 5;
  for (int patient = 0; patient < 80; ++patient) {
    random = random * 1664525u + 1013904223u;
    for (uint32_t i = 0; i <= (random >> 16) % 12; ++i)
      pictures.add(int32_t(i % 2 ? random >> 8 : random >> 20) % 3 == 0,
                   patient);
  }
  return pictures;
}

lathe::Split split(const Pictures &pictures, const lathe::SplitRule &rule,
                   int64_t limit = 0) {
  lathe::DatasetSpec spec;
  spec.classes = 3;
  return lathe::split_samples(pictures, spec, {}, limit, 99, rule);
}

Numbers counts(const Pictures &pictures, const Numbers &samples) {
  Numbers result(3);
  for (int64_t sample : samples)
    ++result[size_t(pictures.labels()[size_t(sample)])];
  return result;
}

Numbers all_of(const lathe::Split &split) {
  Numbers all = split.train;
  for (const Numbers *part : {&split.validation, &split.test})
    all.insert(all.end(), part->begin(), part->end());
  std::sort(all.begin(), all.end());
  return all;
}

Numbers range(int64_t end) {
  Numbers numbers(static_cast<size_t>(end));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST(SplitRule, DividesEachClass) {
  lathe::SplitRule rule;
  rule.validation = 0.15;
  rule.test = 0.2;
  for (bool files : {true, false}) {
    const Pictures pictures = unequal_classes(files);
    const lathe::Split s = split(pictures, rule);
    EXPECT_EQ(all_of(s), range(460));
    EXPECT_EQ(counts(pictures, s.validation), (Numbers{45, 15, 9}));
    EXPECT_EQ(counts(pictures, s.test), (Numbers{60, 20, 12}));
    EXPECT_EQ(s.rule, "0.15 for validation and 0.2 for test of each class, "
                      "seed 0");
    EXPECT_EQ(split(pictures, rule).test, s.test);
    lathe::SplitRule other = rule;
    other.seed = 1;
    EXPECT_NE(split(pictures, other).test, s.test);
    // Neither the first nor the last.
    EXPECT_NE(s.validation.back(), 459);
    EXPECT_GT(s.validation.front() + s.test.front(), 1);
    // A limit takes an even share, and the list remains that of the whole.
    const lathe::Split few = split(pictures, rule, 15);
    EXPECT_EQ(counts(pictures, few.train), (Numbers{5, 5, 5}));
    EXPECT_TRUE(std::includes(s.train.begin(), s.train.end(), few.train.begin(),
                              few.train.end()));
    for (int part = 0; part < 3; ++part)
      EXPECT_EQ(few.lists[part], s.lists[part]);
  }
}

TEST(SplitRule, MayMixClasses) {
  lathe::SplitRule rule;
  rule.test = 0.1;
  rule.stratified = false;
  const Pictures pictures = unequal_classes(true);
  const lathe::Split s = split(pictures, rule);
  EXPECT_EQ(s.test.size(), 46u);
  EXPECT_TRUE(s.validation.empty());
  EXPECT_EQ(s.rule, "0.1 for test, seed 0");
  EXPECT_NE(counts(pictures, s.test), (Numbers{30, 10, 6}));
}

TEST(SplitRule, ListsTellPartsApart) {
  lathe::SplitRule rule;
  rule.validation = rule.test = 0.2;
  for (bool files : {true, false}) {
    const lathe::Split s = split(unequal_classes(files), rule);
    EXPECT_EQ(std::set<std::string>(s.lists, s.lists + 3).size(), 3u);
    EXPECT_EQ(s.lists[int(lathe::Part::Test)].find("92 samples, "), 0u);
    rule.seed = 4;
    EXPECT_NE(split(unequal_classes(files), rule).lists[int(lathe::Part::Test)],
              s.lists[int(lathe::Part::Test)]);
    rule.seed = 0;
  }
}

// No patient is in two parts, and the parts are as large as they should be, of
// each class.
TEST(SplitRule, KeepsGroupsWhole) {
  lathe::SplitRule rule;
  rule.validation = 0.15;
  rule.test = 0.25;
  for (bool table : {true, false}) {
    rule.by_column = table;
    rule.pattern = table ? "" : "p*_";
    const Pictures pictures = patients(table);
    for (uint64_t seed = 0; seed < 8; ++seed) {
      rule.seed = seed;
      const lathe::Split s = split(pictures, rule);
      EXPECT_EQ(all_of(s), range(pictures.count()));
      std::map<std::string, std::set<int>> parts;
      for (lathe::Part part :
           {lathe::Part::Train, lathe::Part::Validation, lathe::Part::Test})
        for (int64_t sample : s.of(part))
          parts[pictures.group(sample)].insert(int(part));
      for (const auto &[group, in] : parts)
        EXPECT_EQ(in.size(), 1u) << group;
      const Numbers all = counts(pictures, range(pictures.count()));
      for (size_t c = 0; c < 2; ++c) {
        EXPECT_NEAR(double(counts(pictures, s.validation)[c]) / double(all[c]),
                    0.15, 0.01);
        EXPECT_NEAR(double(counts(pictures, s.test)[c]) / double(all[c]), 0.25,
                    0.01);
      }
      EXPECT_EQ(s.groups.find("80 groups: "), 0u) << s.groups;
    }
  }
}

TEST(SplitRule, SaysWhatHasNoGroup) {
  auto error = [](const Pictures &pictures, const char *pattern) {
    lathe::SplitRule rule;
    rule.test = 0.5;
    rule.by_column = !*pattern;
    rule.pattern = pattern;
    try {
      split(pictures, rule);
    } catch (const lathe::Error &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(error(patients(false), "q*_"),
            "data: the name of 0/p0_0.jpg does not begin as `groups: {pattern: "
            "q*_}` says; change the pattern, or the name");
  EXPECT_EQ(error(patients(false), ""),
            "data: `groups` names a column, but this is no table; "
            "{pattern: \"*_\"} groups files by their names");
  EXPECT_EQ(error(Pictures(unequal_classes(false)), "*_"),
            "data: `groups: {pattern: *_}` needs files with names, and these "
            "are arrays");
}

} // namespace
