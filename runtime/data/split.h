// split.h: which samples are trained on, and which are held out.
#pragma once

#include "runtime/data/dataset.h"
#include "runtime/data/split_rule.h"

#include <optional>
#include <string>
#include <vector>

namespace lathe {

struct Split {
  std::vector<int64_t> train, validation, test; // sample numbers, ascending
  std::string rule;   // "the last 6000 held out", for the user; "" without one
  std::string groups; // how many groups and samples each part has; or ""
  std::vector<std::string>
      notes; // classes with nothing to train on, or hold out
  // Text that differs where a part's samples do; of all of the part, whatever
  // the limit. By Part.
  std::string lists[3];

  const std::vector<int64_t> &of(Part part) const {
    return part == Part::Train        ? train
           : part == Part::Validation ? validation
                                      : test;
  }
};

// With a rule, its shares are drawn in the seed's order; see SplitRule. Without
// one, the recipe's validation_split decides: arrays follow Keras, so that a
// fraction is taken from the end, and {first: N} and {last: N} are what they
// say. Files in folders have no order that a user chose: a fraction is taken of
// each class, in an order that depends on the seed and on each file's name
// alone, so that other files change little. Then
// at most `limit` samples of each part, an even share of each class where there
// is no order; 0 is no limit. Throws Error where a class is left without a
// sample to train on.
Split split_samples(const Dataset &dataset, const DatasetSpec &spec,
                    const lathe_recipe &recipe, int64_t limit, uint64_t seed,
                    const std::optional<SplitRule> &rule = {});

// Even shares of `counts`, `total` in all where there are as many.
std::vector<int64_t> even_shares(const std::vector<int64_t> &counts,
                                 int64_t total);

// A share of each of `counts`, `total` in all: proportional, and rounded so
// that, if possible, none is used up.
std::vector<int64_t> proportional_shares(const std::vector<int64_t> &counts,
                                         int64_t total);

// Text that differs where the samples or their labels do, whatever the folder
// is called: "2000 samples, 9f0c...".
std::string fingerprint(const Dataset &dataset);
// The same of some of them.
std::string fingerprint(const Dataset &dataset,
                        const std::vector<int64_t> &samples);

} // namespace lathe
