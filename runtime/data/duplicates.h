// duplicates.h: pictures that are the same, or look the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace lathe {

// How a picture looks in grey, whatever its size, brightness and contrast.
struct Look {
  // Made 9 pixels wide and 8 high: which are brighter than their right
  // neighbours.
  uint64_t differences = 0;
  std::array<uint8_t, 256> thumbnail = {}; // 16x16
};

// Of float[height, width, channels] in any range, finite.
Look look_of(const float *image, int64_t height, int64_t width,
             int64_t channels);

// Pictures look the same where at most so many bits of their differences are
// others, and their thumbnails correlate so well: differences alone are soon
// the same in pictures with a plain background.
constexpr int near_distance = 4;
constexpr double near_correlation = 0.98;

// Numbers of equal hashes, two or more, in ascending order.
std::vector<std::vector<size_t>>
equal_hashes(const std::vector<uint64_t> &hashes);

// Calls found(i, j), i < j, for each pair that looks the same.
void find_near(const std::vector<Look> &looks,
               const std::function<void(size_t, size_t)> &found);

} // namespace lathe
