// split.cpp: see split.h.
#include "runtime/data/split.h"

#include "runtime/data/class_names.h"
#include "runtime/data/hash.h"
#include "runtime/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {

namespace {

using Samples = std::vector<int64_t>;

// The samples of each class, or all of them as one class; in the seed's order
// where they have none.
std::vector<Samples> by_class(const Dataset &dataset, int32_t classes,
                              uint64_t seed) {
  std::vector<std::vector<std::pair<uint64_t, int64_t>>> keyed(
      static_cast<size_t>(classes));
  for (int64_t sample = 0; sample < dataset.count(); ++sample) {
    const std::string name = dataset.name(sample);
    uint64_t key = uint64_t(sample);
    if (!name.empty())
      key = mix(hash(mix(seed) ^ hash_start, name.data(), name.size()));
    const int32_t label = classes == 1 ? 0 : dataset.labels()[size_t(sample)];
    keyed[size_t(label)].emplace_back(key, sample);
  }
  std::vector<Samples> result;
  for (auto &samples : keyed) {
    std::sort(samples.begin(), samples.end());
    result.emplace_back();
    for (const auto &[key, sample] : samples)
      result.back().push_back(sample);
  }
  return result;
}

std::vector<int64_t> sizes_of(const std::vector<Samples> &classes) {
  std::vector<int64_t> sizes;
  for (const Samples &samples : classes)
    sizes.push_back(int64_t(samples.size()));
  return sizes;
}

// As many as Keras holds out.
int64_t held_out(const lathe_recipe &recipe, int64_t count) {
  switch (recipe.split) {
  case LATHE_SPLIT_FIRST:
  case LATHE_SPLIT_LAST:
    return int64_t(recipe.split_value);
  case LATHE_SPLIT_FRACTION:
    return count - int64_t(double(count) * (1.0 - recipe.split_value));
  default:
    return 0;
  }
}

Samples range(int64_t begin, int64_t end) {
  Samples samples(size_t(end - begin));
  std::iota(samples.begin(), samples.end(), begin);
  return samples;
}

void truncate(Samples &samples, int64_t limit) {
  if (limit != 0 && int64_t(samples.size()) > limit)
    samples.resize(size_t(limit));
}

Split split_in_order(const Dataset &dataset, const lathe_recipe &recipe,
                     int64_t limit) {
  const int64_t count = dataset.count();
  const int64_t apart = held_out(recipe, count);
  const bool from_start = recipe.split == LATHE_SPLIT_FIRST;
  Split split;
  split.validation = from_start ? range(0, apart) : range(count - apart, count);
  split.train = from_start ? range(apart, count) : range(0, count - apart);
  truncate(split.train, limit);
  truncate(split.validation, limit);
  if (apart != 0)
    split.rule =
        fmt::format("the {} {} held out", from_start ? "first" : "last", apart);
  return split;
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

Split split_by_class(const std::vector<Samples> &classes, int64_t count,
                     const lathe_recipe &recipe, int64_t limit, uint64_t seed) {
  const std::vector<int64_t> sizes = sizes_of(classes);
  std::vector<int64_t> validation =
      proportional_shares(sizes, held_out(recipe, count));
  const std::vector<int64_t> begins = validation;
  std::vector<int64_t> train = sizes;
  for (size_t c = 0; c < sizes.size(); ++c)
    train[c] -= validation[c];
  if (limit != 0) {
    train = even_shares(train, limit);
    validation = even_shares(validation, limit);
  }
  Split split;
  split.train = take(classes, begins, train);
  split.validation =
      take(classes, std::vector<int64_t>(sizes.size()), validation);
  if (recipe.split != LATHE_SPLIT_NONE)
    split.rule = fmt::format("{:g}{} held out, seed {}", recipe.split_value,
                             classes.size() == 1 ? "" : " of each class", seed);
  return split;
}

// Of each class, how many of these samples there are.
std::vector<int64_t> count_classes(const Dataset &dataset,
                                   const Samples &samples, int32_t classes) {
  std::vector<int64_t> counts(static_cast<size_t>(classes));
  for (int64_t sample : samples)
    ++counts[size_t(dataset.labels()[size_t(sample)])];
  return counts;
}

// The classes with samples in `all` and none in `part`.
std::string missing_classes(const std::vector<int64_t> &all,
                            const std::vector<int64_t> &part,
                            const ClassNames &names) {
  std::vector<std::string> missing;
  for (size_t c = 0; c < all.size(); ++c)
    if (all[c] != 0 && part[c] == 0)
      missing.push_back(class_name(names, int32_t(c)));
  return list_names(missing);
}

// `{first: 20}`, as in the recipe.
std::string written(const lathe_recipe &recipe) {
  if (recipe.split == LATHE_SPLIT_FRACTION)
    return fmt::format("`validation_split: {:g}`", recipe.split_value);
  return fmt::format("`validation_split: {{{}: {:g}}}`",
                     recipe.split == LATHE_SPLIT_FIRST ? "first" : "last",
                     recipe.split_value);
}

void check_recipe(const Dataset &dataset, const lathe_recipe &recipe,
                  int64_t limit, const std::vector<int64_t> &sizes) {
  const std::string &place = dataset.source().place;
  const int64_t count = dataset.count(), apart = held_out(recipe, count);
  if (apart >= count)
    fail("{}: {} holds out {} samples, and there are {}", place,
         written(recipe), apart, count);
  if (dataset.is_ordered())
    return;
  if (recipe.split == LATHE_SPLIT_FIRST || recipe.split == LATHE_SPLIT_LAST)
    fail("{}: {} counts samples in an order that files in folders do not have; "
         "hold out a fraction of each class instead: `validation_split: {:g}`",
         place, written(recipe),
         std::max(0.01,
                  std::round(100 * recipe.split_value / double(count)) / 100));
  const auto classes = int64_t(sizes.size());
  if (limit != 0 && limit < classes)
    fail("--limit {}: there are {} classes; at least one sample of each is "
         "needed",
         limit, classes);
}

// Classes that there are and that the split leaves out of a part.
void check_classes(const Dataset &dataset, const DatasetSpec &spec,
                   const lathe_recipe &recipe, int64_t limit, Split &split) {
  const std::string &place = dataset.source().place;
  const ClassNames &names = dataset.source().class_names.empty()
                                ? spec.class_names
                                : dataset.source().class_names;
  auto counts = [&](const Samples &samples) {
    return count_classes(dataset, samples, spec.classes);
  };
  const std::vector<int64_t> all = counts(all_samples(dataset));
  const std::string absent =
      missing_classes(std::vector<int64_t>(all.size(), 1), all, names);
  if (!absent.empty())
    split.notes.push_back(
        fmt::format("{}: no sample of these classes: {}", place, absent));
  const std::string untrained =
      missing_classes(all, counts(split.train), names);
  if (!untrained.empty() && limit == 0)
    fail("{}: {} leaves no sample to train on of these classes: {}; {}", place,
         written(recipe), untrained,
         dataset.is_ordered() ? "shuffle the samples and their labels alike, "
                                "or hold out others"
                              : "hold out less, or add pictures");
  if (!untrained.empty())
    split.notes.push_back(
        fmt::format("--limit {}: no sample to train on of these classes: {}",
                    limit, untrained));
  if (split.validation.empty())
    return;
  const std::string unvalidated =
      missing_classes(all, counts(split.validation), names);
  if (!unvalidated.empty())
    split.notes.push_back(fmt::format(
        "{}: no sample held out of these classes: {}", place, unvalidated));
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

Split split_samples(const Dataset &dataset, const DatasetSpec &spec,
                    const lathe_recipe &recipe, int64_t limit, uint64_t seed) {
  if (spec.label_size != 1) {
    check_recipe(dataset, recipe, limit, {});
    return dataset.is_ordered()
               ? split_in_order(dataset, recipe, limit)
               : split_by_class(by_class(dataset, 1, seed), dataset.count(),
                                recipe, limit, seed);
  }
  const std::vector<Samples> classes = by_class(dataset, spec.classes, seed);
  check_recipe(dataset, recipe, limit, sizes_of(classes));
  Split split = dataset.is_ordered() ? split_in_order(dataset, recipe, limit)
                                     : split_by_class(classes, dataset.count(),
                                                      recipe, limit, seed);
  check_classes(dataset, spec, recipe, limit, split);
  return split;
}

std::string fingerprint(const Dataset &dataset) {
  uint64_t bits = hash_start;
  for (int64_t sample = 0; sample < dataset.count(); ++sample) {
    const std::string name = dataset.name(sample);
    bits = hash(bits, name.data(), name.size() + 1);
  }
  bits = hash(bits, dataset.labels().data(),
              dataset.labels().size() * sizeof(int32_t));
  return fmt::format("{} samples, {:016x}", dataset.count(), bits);
}

} // namespace lathe
