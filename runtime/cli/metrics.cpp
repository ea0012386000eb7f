// metrics.cpp: see metrics.h.
#include "runtime/cli/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace lathe {

namespace {

constexpr double nan_figure = std::numeric_limits<double>::quiet_NaN();

// Of one class, or of all together.
struct Counts {
  int64_t right = 0, wrong = 0, missed = 0;
  bool undefined = false; // a score that decides is NaN

  double precision() const { return share(right, right + wrong); }
  double recall() const { return share(right, right + missed); }
  double f1() const { return share(2 * right, 2 * right + wrong + missed); }

private:
  double share(int64_t part, int64_t all) const {
    if (undefined)
      return nan_figure;
    return all ? double(part) / double(all) : 0;
  }
};

bool has_nan(const float *scores, int32_t count) {
  return std::any_of(scores, scores + count,
                     [](float score) { return std::isnan(score); });
}

int32_t largest(const float *scores, int32_t classes) {
  return int32_t(std::max_element(scores, scores + classes) - scores);
}

std::vector<Counts> count(const Predictions &predictions) {
  const int32_t classes = predictions.classes;
  std::vector<Counts> counts{size_t(classes)};
  for (int64_t i = 0; i < predictions.count(); ++i) {
    const float *scores = &predictions.scores[size_t(i * classes)];
    const int32_t best = largest(scores, classes);
    const bool none = !predictions.multi_label && has_nan(scores, classes);
    for (int32_t c = 0; c < classes; ++c) {
      const bool chosen =
          predictions.multi_label ? scores[c] > 0.5f : c == best;
      const bool is = predictions.is(i, c);
      counts[size_t(c)].right += chosen && is;
      counts[size_t(c)].wrong += chosen && !is;
      counts[size_t(c)].missed += !chosen && is;
      counts[size_t(c)].undefined |= none || std::isnan(scores[c]);
    }
  }
  return counts;
}

// Mann and Whitney's U over the number of pairs, from the ranks of the class's
// scores; equal scores share their mean rank.
double area_under_curve(const Predictions &predictions, int32_t c) {
  const int64_t count = predictions.count();
  auto score = [&](int64_t i) {
    return predictions.scores[size_t(i * predictions.classes + c)];
  };
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  if (std::any_of(order.begin(), order.end(),
                  [&](int64_t i) { return std::isnan(score(i)); }))
    return nan_figure;
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return score(a) < score(b); });
  double ranks = 0;
  int64_t positive = 0;
  for (int64_t first = 0, last; first < count; first = last) {
    int64_t here = 0;
    for (last = first; last < count && score(order[size_t(last)]) ==
                                           score(order[size_t(first)]);
         ++last)
      here += predictions.is(order[size_t(last)], c);
    positive += here;
    ranks += double(here) * (double(first + last - 1) / 2 + 1);
  }
  const double pairs = double(positive) * double(count - positive);
  if (pairs == 0)
    return nan_figure;
  return (ranks - double(positive) * double(positive + 1) / 2) / pairs;
}

void average(Report &report, const std::vector<Counts> &counts) {
  Counts all;
  int64_t support = 0;
  double areas = 0, area = 0;
  for (size_t c = 0; c < counts.size(); ++c) {
    const ClassFigures &figures = report.classes[c];
    all.right += counts[c].right;
    all.wrong += counts[c].wrong;
    all.missed += counts[c].missed;
    all.undefined |= counts[c].undefined;
    support += figures.support;
    auto add = [&](Average &to, double weight) {
      to.precision += weight * figures.precision;
      to.recall += weight * figures.recall;
      to.f1 += weight * figures.f1;
    };
    add(report.macro, 1 / double(counts.size()));
    add(report.weighted, double(figures.support));
    if (!std::isnan(figures.auc)) {
      area += figures.auc;
      areas += 1;
    }
  }
  report.micro = {all.precision(), all.recall(), all.f1()};
  for (double *sum : {&report.weighted.precision, &report.weighted.recall,
                      &report.weighted.f1})
    *sum = support ? *sum / double(support) : 0;
  report.auc = areas > 0 && !all.undefined ? area / areas : nan_figure;
}

// As in Keras, a label counts as found while fewer than k scores exceed it.
void compare_labels(Report &report, const Predictions &predictions, int32_t k) {
  const int32_t classes = predictions.classes;
  const size_t size = size_t(classes);
  report.k = std::min(k, classes);
  report.confusion.assign(size, std::vector<int64_t>(size));
  int64_t found = 0;
  for (int64_t i = 0; i < predictions.count(); ++i) {
    const float *scores = &predictions.scores[size_t(i * classes)];
    const int32_t label = predictions.labels[size_t(i)];
    if (has_nan(scores, classes))
      continue;
    ++report.confusion[size_t(label)][size_t(largest(scores, classes))];
    found += std::count_if(scores, scores + classes, [&](float score) {
               return score > scores[label];
             }) < report.k;
  }
  if (report.undefined)
    report.top_k = nan_figure;
  else if (predictions.count())
    report.top_k = double(found) / double(predictions.count());
}

} // namespace

int64_t Predictions::undefined() const {
  int64_t result = 0;
  for (int64_t i = 0; i < count(); ++i)
    result += has_nan(&scores[size_t(i * classes)], classes);
  return result;
}

double balanced_accuracy(const Report &report) {
  double sum = 0, classes = 0;
  for (const ClassFigures &figures : report.classes)
    if (figures.support != 0) {
      sum += figures.recall;
      classes += 1;
    }
  return classes ? sum / classes : nan_figure;
}

Report make_report(const Predictions &predictions, int32_t k) {
  Report report;
  report.undefined = predictions.undefined();
  std::vector<Counts> counts = count(predictions);
  for (int32_t c = 0; c < predictions.classes; ++c) {
    const Counts &one = counts[size_t(c)];
    report.classes.push_back({one.right + one.missed, one.precision(),
                              one.recall(), one.f1(),
                              area_under_curve(predictions, c)});
  }
  average(report, counts);
  if (!predictions.multi_label)
    compare_labels(report, predictions, k);
  return report;
}

} // namespace lathe
