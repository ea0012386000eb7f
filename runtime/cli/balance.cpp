// balance.cpp: see balance.h.
#include "runtime/cli/balance.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace lathe {

namespace {

constexpr const char *sampling_names[] = {"none", "oversample", "undersample",
                                          "weighted"};

// Classes with samples, and the smallest and largest size of one.
struct Extent {
  int64_t classes = 0, least = 0, most = 0;
};

Extent extent_of(const ClassSizes &sizes) {
  Extent extent;
  for (int64_t size : sizes)
    if (size != 0) {
      extent.least = extent.classes ? std::min(extent.least, size) : size;
      extent.most = std::max(extent.most, size);
      ++extent.classes;
    }
  return extent;
}

} // namespace

const char *sampling_name(int32_t sampling) { return sampling_names[sampling]; }

ClassSizes class_sizes(const lathe_dataset &data, const lathe_model &model) {
  if (model.label_size != 1 || !data.labels)
    return {};
  ClassSizes sizes(static_cast<size_t>(model.classes));
  for (int64_t i = 0; i < data.count; ++i)
    ++sizes[size_t(data.labels[i])];
  return sizes;
}

double imbalance(const ClassSizes &sizes) {
  const Extent extent = extent_of(sizes);
  return extent.classes ? double(extent.most) / double(extent.least) : 1;
}

int64_t samples_of_epoch(const lathe_recipe &recipe, const ClassSizes &sizes,
                         int64_t count) {
  const Extent extent = extent_of(sizes);
  if (recipe.sampling == LATHE_SAMPLING_OVER)
    return extent.classes * extent.most;
  if (recipe.sampling == LATHE_SAMPLING_UNDER)
    return extent.classes * extent.least;
  return count;
}

std::string describe_balance(const lathe_recipe &recipe,
                             const ClassSizes &sizes, const ClassNames &names) {
  const Extent extent = extent_of(sizes);
  const int64_t count = std::accumulate(sizes.begin(), sizes.end(), int64_t(0));
  if (recipe.sampling != LATHE_SAMPLING_NONE) {
    const int64_t epoch = samples_of_epoch(recipe, sizes, count);
    return fmt::format("{}: {} samples an epoch, {} of each class",
                       sampling_name(recipe.sampling), epoch,
                       recipe.sampling == LATHE_SAMPLING_WEIGHTED
                           ? fmt::format("about {}", epoch / extent.classes)
                           : std::to_string(epoch / extent.classes));
  }
  if (!recipe.balance_classes)
    return "";
  std::vector<std::string> weights;
  for (size_t c = 0; c < sizes.size(); ++c)
    if (sizes[c] != 0)
      weights.push_back(fmt::format(
          "{} {:.4g}", class_name(names, int32_t(c)),
          double(count) / (double(extent.classes) * double(sizes[c]))));
  return fmt::format("class weights: {}", fmt::join(weights, ", "));
}

} // namespace lathe
