// split.cpp: see split.h.
#include "runtime/data/split_ways.h"

#include "runtime/data/class_names.h"
#include "runtime/data/hash.h"
#include "runtime/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {

namespace {

// As many as Keras holds out.
int64_t held_out(const lathe_recipe &recipe, int64_t count) {
  switch (recipe.split) {
  case LATHE_SPLIT_FIRST:
  case LATHE_SPLIT_LAST:
    return int64_t(recipe.split_value);
  case LATHE_SPLIT_FRACTION:
    return share_of(count, recipe.split_value);
  default:
    return 0;
  }
}

Samples range(int64_t begin, int64_t end) {
  Samples samples(size_t(end - begin));
  std::iota(samples.begin(), samples.end(), begin);
  return samples;
}

Split split_in_order(const Dataset &dataset, const lathe_recipe &recipe) {
  const int64_t count = dataset.count();
  const int64_t apart = held_out(recipe, count);
  const bool from_start = recipe.split == LATHE_SPLIT_FIRST;
  Split split;
  split.validation = from_start ? range(0, apart) : range(count - apart, count);
  split.train = from_start ? range(apart, count) : range(0, count - apart);
  if (apart != 0)
    split.rule =
        fmt::format("the {} {} held out", from_start ? "first" : "last", apart);
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
std::string written(const lathe_recipe &recipe,
                    const std::optional<SplitRule> &rule = {}) {
  if (rule)
    return "`data: {split: ...}`";
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
                   const lathe_recipe &recipe, int64_t limit,
                   const std::optional<SplitRule> &rule, Split &split) {
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
         written(recipe, rule), untrained,
         dataset.is_ordered() && !rule
             ? "shuffle the samples and their labels alike, "
               "or hold out others"
             : "hold out less, or add samples");
  if (!untrained.empty())
    split.notes.push_back(
        fmt::format("--limit {}: no sample to train on of these classes: {}",
                    limit, untrained));
  for (const auto &[samples, purpose] :
       {std::pair{&split.validation, ""}, {&split.test, " for the test"}}) {
    const std::string missing =
        samples->empty() ? "" : missing_classes(all, counts(*samples), names);
    if (!missing.empty())
      split.notes.push_back(
          fmt::format("{}: no sample held out{} of these classes: {}", place,
                      purpose, missing));
  }
}

// The recipe's validation_split.
Split split_as_recipe(const Dataset &dataset, const lathe_recipe &recipe,
                      int32_t classes, uint64_t seed) {
  if (dataset.is_ordered())
    return split_in_order(dataset, recipe);
  Split split;
  SplitRule rule;
  rule.validation =
      recipe.split == LATHE_SPLIT_FRACTION ? recipe.split_value : 0;
  rule.seed = seed;
  split_by_class(dataset, classes, rule, split);
  if (recipe.split != LATHE_SPLIT_NONE)
    split.rule = fmt::format("{:g}{} held out, seed {}", recipe.split_value,
                             classes == 1 ? "" : " of each class", seed);
  return split;
}

Split split_as_rule(const Dataset &dataset, int32_t classes,
                    const SplitRule &rule) {
  Split split;
  if (!rule.keras.empty()) {
    split_as_keras(dataset, rule, split);
    return split;
  }
  const int32_t told_apart = rule.stratified ? classes : 1;
  if (rule.has_groups())
    split_by_group(dataset, told_apart, rule, split);
  else
    split_by_class(dataset, told_apart, rule, split);
  std::vector<std::string> shares;
  if (rule.validation > 0)
    shares.push_back(fmt::format("{:g} for validation", rule.validation));
  if (rule.test > 0)
    shares.push_back(fmt::format("{:g} for test", rule.test));
  if (!shares.empty())
    split.rule =
        fmt::format("{}{}{}, seed {}", fmt::join(shares, " and "),
                    told_apart == 1 ? "" : " of each class",
                    rule.has_groups() ? ", groups kept whole" : "", rule.seed);
  return split;
}

} // namespace

Split split_samples(const Dataset &dataset, const DatasetSpec &spec,
                    const lathe_recipe &recipe, int64_t limit, uint64_t seed,
                    const std::optional<SplitRule> &rule) {
  const int32_t classes = spec.label_size == 1 ? spec.classes : 1;
  std::vector<int64_t> sizes;
  if (spec.label_size == 1)
    sizes = count_classes(dataset, all_samples(dataset), classes);
  check_recipe(dataset, recipe, limit, sizes);
  Split split = rule ? split_as_rule(dataset, classes, *rule)
                     : split_as_recipe(dataset, recipe, classes, seed);
  for (Samples *part : {&split.train, &split.validation, &split.test})
    std::sort(part->begin(), part->end());
  for (Part part : {Part::Train, Part::Validation, Part::Test})
    split.lists[int(part)] = fingerprint(dataset, split.of(part));
  for (Samples *part : {&split.train, &split.validation, &split.test})
    if (limit != 0 && int64_t(part->size()) > limit) {
      if (dataset.is_ordered() && !rule)
        part->resize(size_t(limit));
      else
        keep_even_share(dataset, classes, limit, rule ? rule->seed : seed,
                        *part);
    }
  if (spec.label_size == 1)
    check_classes(dataset, spec, recipe, limit, rule, split);
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

std::string fingerprint(const Dataset &dataset, const Samples &samples) {
  const size_t size =
      dataset.labels().size() / size_t(std::max<int64_t>(dataset.count(), 1));
  uint64_t bits = hash_start;
  for (int64_t sample : samples) {
    const std::string name = dataset.name(sample);
    bits = name.empty() ? hash(bits, &sample, sizeof(sample))
                        : hash(bits, name.data(), name.size() + 1);
    bits = hash(bits, &dataset.labels()[size_t(sample) * size],
                size * sizeof(int32_t));
  }
  return fmt::format("{} samples, {:016x}", samples.size(), bits);
}

} // namespace lathe
