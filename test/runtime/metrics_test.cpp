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
TEST(Metrics, SeveralLabels) { expect_report(several_labels); }

} // namespace
