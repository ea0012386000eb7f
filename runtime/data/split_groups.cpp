// split_groups.cpp: groups of samples, each of which stays in one part.
#include "runtime/data/split_ways.h"

#include "runtime/data/hash.h"
#include "runtime/error.h"

#include <algorithm>
#include <map>

#include <fnmatch.h>

namespace lathe {

namespace {

enum { validation, test, train, part_count };

// Less is rounding.
constexpr double least_gain = 1e-12;

struct Group {
  uint64_t key; // of its name and the seed
  Samples samples;
  std::vector<int64_t> counts; // of each class
  int part = train;
};

// The shortest beginning of the file's name that fits; "" without one.
std::string beginning(const std::string &name, const std::string &pattern) {
  const std::string file = name.substr(name.rfind('/') + 1);
  for (size_t size = 1; size <= file.size(); ++size)
    if (fnmatch(pattern.c_str(), file.substr(0, size).c_str(), 0) == 0)
      return file.substr(0, size);
  return "";
}

std::string group_of(const Dataset &dataset, int64_t sample,
                     const SplitRule &rule) {
  const std::string &place = dataset.source().place;
  if (rule.by_column) {
    if (!dataset.source().is_table)
      fail("{}: `groups` names a column, but this is no table; "
           "{{pattern: \"*_\"}} groups files by their names",
           place);
    return dataset.group(sample);
  }
  if (dataset.is_ordered())
    fail("{}: `groups: {{pattern: {}}}` needs files with names, and these are "
         "arrays",
         place, rule.pattern);
  const std::string group = beginning(dataset.name(sample), rule.pattern);
  if (group.empty())
    fail("{}: the name of {} does not begin as `groups: {{pattern: {}}}` says; "
         "change the pattern, or the name",
         place, dataset.name(sample), rule.pattern);
  return group;
}

// The largest first, which are the hardest to place; the seed decides between
// equal ones.
std::vector<Group> find_groups(const Dataset &dataset, int32_t classes,
                               const SplitRule &rule) {
  std::map<std::string, Group> by_name;
  for (int64_t sample = 0; sample < dataset.count(); ++sample) {
    const std::string name = group_of(dataset, sample, rule);
    Group &group = by_name[name];
    group.key =
        mix(hash(mix(rule.seed) ^ hash_start, name.data(), name.size()));
    group.samples.push_back(sample);
    group.counts.resize(size_t(classes));
    ++group.counts[size_t(classes == 1 ? 0 : dataset.labels()[size_t(sample)])];
  }
  std::vector<Group> groups;
  for (auto &[name, group] : by_name)
    groups.push_back(std::move(group));
  std::sort(groups.begin(), groups.end(), [](const Group &a, const Group &b) {
    return a.samples.size() != b.samples.size()
               ? a.samples.size() > b.samples.size()
               : a.key < b.key;
  });
  return groups;
}

// Parts as they fill: each class's distance from what it should have, in shares
// of the class, squared and added up.
class Filling {
public:
  Filling(const std::vector<Group> &groups, const SplitRule &rule)
      : sizes_(groups.front().counts.size()), missing_(part_count) {
    for (const Group &group : groups)
      for (size_t c = 0; c < sizes_.size(); ++c)
        sizes_[c] += double(group.counts[c]);
    const double shares[] = {rule.validation, rule.test,
                             1 - rule.validation - rule.test};
    for (int part = 0; part < part_count; ++part)
      for (double size : sizes_)
        missing_[size_t(part)].push_back(shares[part] * size);
    for (int part = 0; part < part_count; ++part)
      if (shares[part] > 0)
        parts_.push_back(part);
  }

  // What adding the group changes.
  double cost(const Group &group, int part) const {
    double sum = 0;
    for (size_t c = 0; c < sizes_.size(); ++c)
      if (const auto count = double(group.counts[c]); count != 0)
        sum += count * (count - 2 * missing_[size_t(part)][c]) /
               (sizes_[c] * sizes_[c]);
    return sum;
  }

  void add(const Group &group, int part, double sign) {
    for (size_t c = 0; c < sizes_.size(); ++c)
      missing_[size_t(part)][c] -= sign * double(group.counts[c]);
  }

  int best(const Group &group) const {
    return *std::min_element(parts_.begin(), parts_.end(), [&](int a, int b) {
      return cost(group, a) < cost(group, b);
    });
  }

  const std::vector<int> &parts() const { return parts_; }

private:
  std::vector<double> sizes_;
  std::vector<std::vector<double>> missing_; // of each part and class
  std::vector<int> parts_;                   // those with a share
};

// What moving a group to another part changes; the group is where it was after
// that.
double cost_of_move(Filling &filling, const Group &group, int to) {
  filling.add(group, group.part, -1);
  const double cost = filling.cost(group, to) - filling.cost(group, group.part);
  filling.add(group, group.part, 1);
  return cost;
}

void move(Filling &filling, Group &group, int to) {
  filling.add(group, group.part, -1);
  filling.add(group, to, 1);
  group.part = to;
}

// Whether moving a single group has brought the parts nearer to their shares.
bool move_one(Filling &filling, std::vector<Group> &groups) {
  bool moved = false;
  for (Group &group : groups)
    for (int part : filling.parts())
      if (part != group.part &&
          cost_of_move(filling, group, part) < -least_gain) {
        move(filling, group, part);
        moved = true;
      }
  return moved;
}

// The same of two that change places.
bool swap_two(Filling &filling, std::vector<Group> &groups) {
  bool moved = false;
  for (size_t i = 0; i < groups.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      Group &a = groups[i], &b = groups[j];
      const int from = a.part, to = b.part;
      if (from == to)
        continue;
      const double first = cost_of_move(filling, a, to);
      move(filling, a, to);
      if (first + cost_of_move(filling, b, from) < -least_gain) {
        move(filling, b, from);
        moved = true;
      } else {
        move(filling, a, from);
      }
    }
  return moved;
}

// Each group goes where it is missed most; then groups move, and change places
// where there are not too many of them, while that helps.
void fill(std::vector<Group> &groups, const SplitRule &rule) {
  constexpr int most_rounds = 20;
  constexpr size_t most_swapped = 400;
  Filling filling(groups, rule);
  for (Group &group : groups) {
    group.part = filling.best(group);
    filling.add(group, group.part, 1);
  }
  for (int round = 0; round < most_rounds; ++round)
    if (!move_one(filling, groups) &&
        (groups.size() > most_swapped || !swap_two(filling, groups)))
      break;
}

} // namespace

void split_by_group(const Dataset &dataset, int32_t classes,
                    const SplitRule &rule, Split &split) {
  std::vector<Group> groups = find_groups(dataset, classes, rule);
  fill(groups, rule);
  Samples *const parts[] = {&split.validation, &split.test, &split.train};
  int64_t counts[part_count] = {};
  for (const Group &group : groups) {
    ++counts[group.part];
    parts[group.part]->insert(parts[group.part]->end(), group.samples.begin(),
                              group.samples.end());
  }
  auto share = [&](int part) {
    return double(parts[part]->size()) / double(dataset.count());
  };
  split.groups =
      fmt::format("{} groups: {} to train on ({:.3f} of the samples)",
                  groups.size(), counts[train], share(train));
  for (auto [part, name, wanted] :
       {std::tuple{validation, "validation", rule.validation},
        {test, "test", rule.test}})
    if (wanted > 0)
      split.groups += fmt::format(", {} for {} ({:.3f}, wanted {:g})",
                                  counts[part], name, share(part), wanted);
}

} // namespace lathe
