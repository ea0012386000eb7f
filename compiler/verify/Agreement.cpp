//===- Agreement.cpp - Equal but for rounding -----------------------------===//
#include "compiler/verify/Agreement.h"
#include <algorithm>
#include <cmath>

using namespace lathe::verify;

/// Two roundings to a float: units in the last place of 1.
static constexpr double storedRounding = 1.0 / (1 << 22);

/// How many more elements than in the perturbed references may depart so far.
static constexpr size_t outliers = 4;

static double valueOf(const Measured &tensor, size_t i) {
  return tensor.before.empty() ? tensor.after[i]
                               : tensor.after[i] - tensor.before[i];
}

/// Infinities of one sign and NaNs are equal, and infinitely far from all else.
static double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double difference = std::fabs(a - b);
  return std::isnan(difference) ? HUGE_VAL : difference;
}

namespace {
/// What may differ of each element, whatever its conditioning.
class Floor {
public:
  Floor(const Measured &reference, const Slack &slack) : reference(reference) {
    if (reference.exact)
      return;
    double largest = 0;
    for (size_t i = 0; i < reference.after.size(); ++i)
      if (double value = std::fabs(valueOf(reference, i)); std::isfinite(value))
        largest = std::max(largest, value);
    common = slack.share * largest;
    if (reference.before.empty())
      common += storedRounding * largest;
  }

  double operator()(size_t i) const {
    if (reference.exact || reference.before.empty())
      return common;
    double stored =
        std::max(std::fabs(reference.before[i]), std::fabs(reference.after[i]));
    return common + (std::isfinite(stored) ? storedRounding * stored : 0);
  }

private:
  const Measured &reference;
  double common = 0;
};
} // namespace

Agreement lathe::verify::compare(const Measured &ours,
                                 const Measured &reference,
                                 const std::vector<Measured> &perturbed,
                                 const Slack &slack) {
  size_t count = reference.after.size();
  Floor floor(reference, slack);
  std::vector<float> deviations(count), noise(count, 0);
  Agreement result;
  double most = -HUGE_VAL;
  for (size_t i = 0; i < count; ++i) {
    double value = valueOf(reference, i);
    for (const Measured &other : perturbed)
      noise[i] = std::max(
          noise[i], static_cast<float>(distance(valueOf(other, i), value)));
    double difference = distance(valueOf(ours, i), value);
    double beyond = difference - floor(i);
    deviations[i] = static_cast<float>(std::max(0.0, beyond));
    if (beyond > most) {
      most = beyond;
      result.difference = difference;
      result.at = i;
      result.ours = valueOf(ours, i);
      result.reference = value;
    }
  }
  if (count == 0)
    return result;
  // The largest ones, in descending order, are all that is looked at.
  auto end = std::partition(deviations.begin(), deviations.end(),
                            [](float deviation) { return deviation > 0; });
  deviations.erase(end, deviations.end());
  std::sort(deviations.begin(), deviations.end(), std::greater<>());
  size_t looked =
      std::max<size_t>(1, (deviations.size() + outliers - 1) / outliers);
  std::partial_sort(noise.begin(), noise.begin() + looked, noise.end(),
                    std::greater<>());
  result.allowed = slack.factor * noise[0] + floor(result.at);
  for (size_t i = 0; i < deviations.size(); ++i)
    if (deviations[i] > slack.factor * noise[i / outliers]) {
      result.agrees = false;
      result.allowed = slack.factor * noise[i / outliers] + floor(result.at);
      break;
    }
  return result;
}
