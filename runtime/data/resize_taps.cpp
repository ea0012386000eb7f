// resize_taps.cpp: the filters of resize.h.
#include "runtime/data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace lathe {

namespace {

Taps nearest_taps(int64_t from, int64_t to, int64_t pixel) {
  return {(2 * pixel + 1) * from / (2 * to), {1.0f}};
}

// In units of 1/to, a pixel of the original is `to` long and one of the result
// `from`.
Taps area_taps(int64_t from, int64_t to, int64_t pixel) {
  const int64_t begin = pixel * from, end = begin + from;
  Taps taps;
  taps.first = begin / to;
  for (int64_t i = taps.first; i * to < end; ++i) {
    const int64_t covered =
        std::min(end, (i + 1) * to) - std::max(begin, i * to);
    taps.weights.push_back(float(double(covered) / double(from)));
  }
  return taps;
}

// In units of 1 / (2 * to) of the original's pixels every centre is a whole
// number, and so is every weight before they are normalised.
Taps bilinear_taps(int64_t from, int64_t to, int64_t pixel, bool antialias) {
  const int64_t centre = (2 * pixel + 1) * from;
  const int64_t radius = 2 * (antialias ? std::max(from, to) : to);
  auto clamped = [&](int64_t i) { return std::clamp<int64_t>(i, 0, from - 1); };
  // Rounding towards zero may begin or end with a weight of 0.
  const int64_t begin = (centre - radius) / (2 * to) - 1;
  const int64_t end = (centre + radius) / (2 * to) + 1;

  Taps taps;
  taps.first = clamped(begin);
  std::vector<int64_t> weights(size_t(clamped(end) - taps.first + 1));
  int64_t sum = 0;
  for (int64_t i = begin; i <= end; ++i) {
    const int64_t weight = radius - std::abs((2 * i + 1) * to - centre);
    if (weight > 0) {
      weights[size_t(clamped(i) - taps.first)] += weight;
      sum += weight;
    }
  }
  taps.weights.reserve(weights.size());
  for (int64_t weight : weights)
    taps.weights.push_back(float(double(weight) / double(sum)));
  return taps;
}

double cubic(double d) {
  return d < 1   ? (1.5 * d - 2.5) * d * d + 1
         : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2
                 : 0;
}

double sinc(double x) {
  const double pi = 3.14159265358979323846;
  return x == 0 ? 1 : std::sin(pi * x) / (pi * x);
}

struct Filter {
  double radius;
  bool is_cubic;
  double at(double distance) const {
    if (distance >= radius)
      return 0;
    return is_cubic ? cubic(distance)
                    : sinc(distance) * sinc(distance / radius);
  }
};

Filter filter_of(Interpolation interpolation) {
  switch (interpolation) {
  case Interpolation::Lanczos3:
    return {3, false};
  case Interpolation::Lanczos5:
    return {5, false};
  default:
    return {2, true};
  }
}

Taps filtered_taps(int64_t from, int64_t to, int64_t pixel, bool antialias,
                   const Filter &filter) {
  const double step = double(from) / double(to);
  const double width = antialias ? std::max(step, 1.0) : 1;
  const double centre = (double(pixel) + 0.5) * step,
               reach = filter.radius * width;
  const int64_t begin = std::max<int64_t>(int64_t(centre - reach - 1), 0);
  const int64_t end = std::min<int64_t>(int64_t(centre + reach + 1), from - 1);
  std::vector<double> weights;
  double sum = 0;
  for (int64_t i = begin; i <= end; ++i) {
    weights.push_back(filter.at(std::abs(double(i) + 0.5 - centre) / width));
    sum += weights.back();
  }
  Taps taps;
  taps.first = begin;
  taps.weights.reserve(weights.size());
  for (double weight : weights)
    taps.weights.push_back(float(weight / sum));
  return taps;
}

} // namespace

Taps resize_taps(int64_t from, int64_t to, int64_t pixel,
                 const ResizeRule &rule) {
  switch (rule.interpolation) {
  case Interpolation::Nearest:
    return nearest_taps(from, to, pixel);
  case Interpolation::Area:
    return area_taps(from, to, pixel);
  case Interpolation::Bilinear:
    return bilinear_taps(from, to, pixel, rule.antialias);
  default:
    return filtered_taps(from, to, pixel, rule.antialias,
                         filter_of(rule.interpolation));
  }
}

} // namespace lathe
