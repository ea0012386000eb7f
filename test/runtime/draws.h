// draws.h: what tests of augmentation's random numbers share.
#ifndef LATHE_TEST_RUNTIME_DRAWS_H
#define LATHE_TEST_RUNTIME_DRAWS_H

#include "runtime/embedded/internal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

namespace lathe::drawn {

inline constexpr int64_t draws = 10000;
inline constexpr double width = 31, height = 21;

inline lathe_draw drawing(int32_t kind, std::vector<double> numbers,
                          int32_t at = 0, int64_t stream = 3) {
  lathe_draw draw = {kind, at, stream, {}};
  std::copy(numbers.begin(), numbers.end(), draw.numbers);
  return draw;
}

using Numbers = std::array<float, 128>;

inline Numbers numbers_of(const std::vector<lathe_draw> &all, int64_t sample,
                          uint64_t seed = 5, int64_t epoch = 2) {
  Numbers numbers;
  numbers.fill(-99);
  lathe_this_draw(all.data(), static_cast<int32_t>(all.size()), seed, epoch,
                  sample, numbers.data());
  return numbers;
}

// A figure of each of many images.
inline std::vector<double>
figures(const lathe_draw &draw,
        const std::function<double(const Numbers &)> &of) {
  std::vector<double> all;
  for (int64_t sample = 0; sample < draws; ++sample)
    all.push_back(of(numbers_of({draw}, sample)));
  return all;
}

inline double mean(const std::vector<double> &values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / static_cast<double>(values.size());
}

// Uniform in [low, high): within it, near its ends, and Pearson's chi-square of
// 20 equal parts below the 99.99 % quantile for 19 degrees of freedom.
inline void expect_uniform(const std::vector<double> &values, double low,
                           double high) {
  constexpr int parts = 20;
  std::array<double, parts> counts = {};
  const double size = high - low, near = size * 1e-5;
  for (double value : values) {
    ASSERT_GE(value, low - near);
    ASSERT_LE(value, high + near);
    const auto part = static_cast<int>((value - low) / size * parts);
    counts[static_cast<size_t>(std::clamp(part, 0, parts - 1))] += 1;
  }
  const double expected = static_cast<double>(values.size()) / parts;
  double chi = 0;
  for (double count : counts)
    chi += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi, 52.4);
  EXPECT_NEAR(mean(values), (low + high) / 2, size * 0.015);
}

inline double first(const Numbers &numbers) { return numbers[0]; }

} // namespace lathe::drawn

#endif // LATHE_TEST_RUNTIME_DRAWS_H
