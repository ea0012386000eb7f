// split_by_class.cpp: shares of each class, in the seed's order.
#include "runtime/data/split_ways.h"

#include "runtime/data/hash.h"

#include <algorithm>
#include <numeric>

namespace lathe {

namespace {

std::vector<int64_t> sizes_of(const std::vector<Samples> &classes) {
  std::vector<int64_t> sizes;
  for (const Samples &samples : classes)
    sizes.push_back(int64_t(samples.size()));
  return sizes;
}

// Some of each class's samples, from their `begin`s on.
Samples take(const std::vector<Samples> &classes,
             const std::vector<int64_t> &begins,
             const std::vector<int64_t> &counts) {
  Samples taken;
  for (size_t c = 0; c < classes.size(); ++c)
    taken.insert(taken.end(), classes[c].begin() + begins[c],
                 classes[c].begin() + begins[c] + counts[c]);
  std::sort(taken.begin(), taken.end());
  return taken;
}

} // namespace

std::vector<int64_t> even_shares(const std::vector<int64_t> &counts,
                                 int64_t total) {
  std::vector<int64_t> shares(counts.size());
  int64_t left = total;
  for (bool grown = true; left > 0 && grown;) {
    grown = false;
    int64_t open = 0;
    for (size_t i = 0; i < counts.size(); ++i)
      open += shares[i] < counts[i];
    const int64_t each = open ? std::max<int64_t>(left / open, 1) : 0;
    for (size_t i = 0; i < counts.size() && left > 0; ++i) {
      const int64_t more = std::min({each, counts[i] - shares[i], left});
      shares[i] += more;
      left -= more;
      grown |= more > 0;
    }
  }
  return shares;
}

std::vector<int64_t> proportional_shares(const std::vector<int64_t> &counts,
                                         int64_t total) {
  const int64_t sum = std::accumulate(counts.begin(), counts.end(), int64_t(0));
  std::vector<int64_t> shares(counts.size());
  std::vector<std::pair<double, size_t>> rests;
  int64_t left = total;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double share = double(counts[i]) * double(total) / double(sum);
    shares[i] = std::min(int64_t(share), counts[i]);
    left -= shares[i];
    rests.emplace_back(-(share - double(shares[i])), i);
  }
  std::stable_sort(rests.begin(), rests.end());
  for (int64_t kept = 1; left > 0 && kept >= 0;) {
    bool grown = false;
    for (const auto &[rest, i] : rests)
      if (left > 0 && shares[i] + kept < counts[i]) {
        ++shares[i];
        --left;
        grown = true;
      }
    if (!grown) // now each class's last sample, too
      --kept;
  }
  return shares;
}

std::vector<Samples> by_class(const Dataset &dataset, const Samples &samples,
                              int32_t classes, uint64_t seed, bool shuffled) {
  std::vector<std::vector<std::pair<uint64_t, int64_t>>> keyed(
      static_cast<size_t>(classes));
  for (int64_t sample : samples) {
    const std::string name = dataset.name(sample);
    uint64_t key = uint64_t(sample);
    if (!name.empty())
      key = mix(hash(mix(seed) ^ hash_start, name.data(), name.size()));
    else if (shuffled)
      key = mix(hash(mix(seed) ^ hash_start, &sample, sizeof(sample)));
    const int32_t label = classes == 1 ? 0 : dataset.labels()[size_t(sample)];
    keyed[size_t(label)].emplace_back(key, sample);
  }
  std::vector<Samples> result;
  for (auto &ordered : keyed) {
    std::sort(ordered.begin(), ordered.end());
    result.emplace_back();
    for (const auto &[key, sample] : ordered)
      result.back().push_back(sample);
  }
  return result;
}

int64_t share_of(int64_t count, double share) {
  return count - int64_t(double(count) * (1.0 - share));
}

void split_by_class(const Dataset &dataset, int32_t classes,
                    const SplitRule &rule, Split &split) {
  const std::vector<Samples> own =
      by_class(dataset, all_samples(dataset), classes, rule.seed, true);
  const int64_t count = dataset.count();
  std::vector<int64_t> left = sizes_of(own), begins(own.size());
  for (auto [share, part] : {std::pair{rule.validation, &split.validation},
                             {rule.test, &split.test}}) {
    const std::vector<int64_t> taken =
        proportional_shares(left, share_of(count, share));
    *part = take(own, begins, taken);
    for (size_t c = 0; c < own.size(); ++c) {
      begins[c] += taken[c];
      left[c] -= taken[c];
    }
  }
  split.train = take(own, begins, left);
}

void keep_even_share(const Dataset &dataset, int32_t classes, int64_t limit,
                     uint64_t seed, Samples &samples) {
  const std::vector<Samples> own = by_class(dataset, samples, classes, seed);
  samples = take(own, std::vector<int64_t>(own.size()),
                 even_shares(sizes_of(own), limit));
}

} // namespace lathe
