// metrics.h: figures of a classifier's predictions, from its probabilities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lathe {

// Probabilities of `classes` classes for each sample, and the labels: a class
// number, or where `multi_label` is set 0 or 1 for each class.
struct Predictions {
  int32_t classes = 0;
  bool multi_label = false;
  std::vector<float> scores;
  std::vector<int32_t> labels;

  int64_t count() const { return int64_t(scores.size()) / classes; }
  // Samples with a score that is NaN: nobody can say what was predicted.
  int64_t undefined() const;
  bool is(int64_t sample, int32_t c) const {
    return multi_label ? labels[std::size_t(sample * classes + c)] == 1
                       : labels[std::size_t(sample)] == c;
  }
};

// Where there is no such sample, figures are 0, as in Keras and scikit-learn;
// an area under the curve is NaN. What depends on a score that is NaN is NaN.
struct ClassFigures {
  int64_t support = 0; // samples of the class
  double precision = 0, recall = 0, f1 = 0, auc = 0;
};

struct Average {
  double precision = 0, recall = 0, f1 = 0;
};

struct Report {
  int64_t undefined = 0; // samples
  std::vector<ClassFigures> classes;
  Average macro, micro, weighted;
  double auc =
      0; // mean over the classes that have one; NaN where there is none
  int32_t k = 0;
  double top_k = 0;                            // not with several labels
  std::vector<std::vector<int64_t>> confusion; // [label][predicted], likewise;
                                               // without undefined samples
};

// The mean recall of the classes that have samples.
double balanced_accuracy(const Report &report);

// Predicted is the first largest probability, or with several labels all above
// 0.5. The area under the receiver operating characteristic is that of one
// class against the rest, without binning: the share of pairs of a sample of
// the class and another that are in the right order, equal ones counting half.
Report make_report(const Predictions &predictions, int32_t k);

} // namespace lathe
