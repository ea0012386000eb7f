// metrics_test.cpp: the report of evaluate, compared with NumPy's figures.
#include "runtime/cli/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace lathe;

struct Case {
  int32_t classes;
  bool multi_label;
  int32_t k;
  std::vector<double> scores, labels;
  std::vector<double> each, areas;            // by class
  std::vector<double> macro, micro, weighted; // precision, recall, F1
  std::vector<double> area_and_top;
  std::vector<double> confusion;
};

#include "test/runtime/metrics_cases.h"

void expect_average(const Average &actual, const std::vector<double> &wanted) {
  EXPECT_NEAR(actual.precision, wanted[0], 1e-7);
  EXPECT_NEAR(actual.recall, wanted[1], 1e-7);
  EXPECT_NEAR(actual.f1, wanted[2], 1e-7);
}

void expect_report(const Case &wanted) {
  Predictions predictions;
  predictions.classes = wanted.classes;
  predictions.multi_label = wanted.multi_label;
  predictions.scores.assign(wanted.scores.begin(), wanted.scores.end());
  predictions.labels.assign(wanted.labels.begin(), wanted.labels.end());
  Report report = make_report(predictions, wanted.k);
  for (size_t c = 0; c < report.classes.size(); ++c) {
    const ClassFigures &figures = report.classes[c];
    expect_average(
        {figures.precision, figures.recall, figures.f1},
        {wanted.each[3 * c], wanted.each[3 * c + 1], wanted.each[3 * c + 2]});
    if (std::isnan(wanted.areas[c]))
      EXPECT_TRUE(std::isnan(figures.auc));
    else
      EXPECT_NEAR(figures.auc, wanted.areas[c], 1e-7);
  }
  expect_average(report.macro, wanted.macro);
  expect_average(report.micro, wanted.micro);
  expect_average(report.weighted, wanted.weighted);
  EXPECT_NEAR(report.auc, wanted.area_and_top[0], 1e-7);
  EXPECT_NEAR(report.top_k, wanted.area_and_top[1], 1e-7);
  std::vector<double> confusion;
  for (const std::vector<int64_t> &row : report.confusion)
    confusion.insert(confusion.end(), row.begin(), row.end());
  EXPECT_EQ(confusion, wanted.confusion);
}

TEST(Metrics, SeveralClasses) { expect_report(several_classes); }
TEST(Metrics, TwoClasses) { expect_report(two_classes); }
// One prediction of six is NaN, in one or all of its scores.
// Recalls of 1/4 and 1; class 1 has no sample.
TEST(Metrics, BalancedAccuracyCountsClassesAlike) {
  Predictions predictions;
  predictions.classes = 3;
  predictions.labels = {0, 0, 0, 0, 2};
  for (int best : {0, 1, 2, 2, 2})
    for (int c = 0; c < 3; ++c)
      predictions.scores.push_back(c == best ? 0.8f : 0.1f);
  EXPECT_DOUBLE_EQ(balanced_accuracy(make_report(predictions, 1)), 0.625);
}

TEST(Metrics, WhatIsNotANumberIsNotRight) {
  const float nan = std::nanf("");
  for (bool multi_label : {false, true}) {
    for (bool all : {false, true}) {
      Predictions predictions;
      predictions.classes = 3;
      predictions.multi_label = multi_label;
      for (int i = 0; i < 6; ++i) {
        predictions.labels.push_back(i % 3);
        for (int c = 0; c < 3; ++c)
          predictions.scores.push_back(c == i % 3 ? 0.8f : 0.1f);
      }
      if (multi_label)
        predictions.labels = {1, 0, 0, 0, 1, 0, 0, 0, 1,
                              1, 0, 0, 0, 1, 0, 0, 0, 1};
      for (int c = all ? 0 : 2; c < 3; ++c)
        predictions.scores[size_t(3 * 4 + c)] = nan;
      EXPECT_EQ(predictions.undefined(), 1);
      Report report = make_report(predictions, 2);
      EXPECT_EQ(report.undefined, 1);
      for (double figure : {report.auc, report.micro.precision,
                            report.macro.recall, report.weighted.f1})
        EXPECT_TRUE(std::isnan(figure));
      for (int c = 0; c < 3; ++c) {
        const ClassFigures &figures = report.classes[size_t(c)];
        const bool unknown = all || c == 2;
        EXPECT_EQ(std::isnan(figures.auc), unknown);
        EXPECT_EQ(std::isnan(figures.precision), unknown || !multi_label);
        EXPECT_EQ(figures.support, 2);
      }
      if (multi_label)
        continue;
      EXPECT_TRUE(std::isnan(report.top_k));
      EXPECT_EQ(report.confusion[1], (std::vector<int64_t>{0, 1, 0}));
    }
  }
}

TEST(Metrics, SeveralLabels) { expect_report(several_labels); }

} // namespace
