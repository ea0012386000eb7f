// duplicates.cpp: see duplicates.h.
#include "runtime/data/duplicates.h"

#include "runtime/data/resize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace lathe {

namespace {

constexpr int64_t rows = 8, columns = 8;
constexpr int32_t thumbnail_edge = 16;

int count_bits(uint64_t bits) {
  bits -= bits >> 1 & UINT64_C(0x5555555555555555);
  bits = (bits & UINT64_C(0x3333333333333333)) +
         (bits >> 2 & UINT64_C(0x3333333333333333));
  bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
  return int(bits * UINT64_C(0x0101010101010101) >> 56);
}

double correlation(const Look &a, const Look &b) {
  constexpr int32_t n = thumbnail_edge * thumbnail_edge;
  int32_t sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0; // products fit

  for (size_t i = 0; i < size_t(n); ++i) {
    const int32_t x = a.thumbnail[i], y = b.thumbnail[i];
    sum_a += x;
    sum_b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  auto cross = [](int64_t xy, int64_t x, int64_t y) {
    return double(n * xy - x * y);
  };
  const double spread = cross(aa, sum_a, sum_a) * cross(bb, sum_b, sum_b);
  return spread > 0 ? cross(ab, sum_a, sum_b) / std::sqrt(spread) : 0;
}

} // namespace

Look look_of(const float *image, int64_t height, int64_t width,
             int64_t channels) {
  std::vector<float> greys(size_t(height * width));
  for (size_t i = 0; i < greys.size(); ++i)
    for (int64_t c = 0; c < channels; ++c)
      greys[i] += image[int64_t(i) * channels + c] / float(channels);
  const auto [least, most] = std::minmax_element(greys.begin(), greys.end());
  // The range does not count, as brightness and contrast do not.
  const float low = *least, scale = *most > low ? 255 / (*most - low) : 0;
  Image picture;
  picture.set_size(height, width, 1);
  for (size_t i = 0; i < greys.size(); ++i)
    picture.pixels[i] = uint8_t((greys[i] - low) * scale + 0.5f);
  uint8_t small[rows * (columns + 1)];
  resize(picture, rows, columns + 1, small);
  Look look;
  resize(picture, thumbnail_edge, thumbnail_edge, look.thumbnail.data());
  for (int64_t y = 0; y < rows; ++y)
    for (int64_t x = 0; x < columns; ++x) {
      const uint8_t *pixel = small + y * (columns + 1) + x;
      look.differences = look.differences << 1 | (pixel[0] > pixel[1]);
    }
  return look;
}

std::vector<std::vector<size_t>>
equal_hashes(const std::vector<uint64_t> &hashes) {
  std::map<uint64_t, std::vector<size_t>> numbers;
  for (size_t i = 0; i < hashes.size(); ++i)
    numbers[hashes[i]].push_back(i);
  std::vector<std::vector<size_t>> groups;
  for (auto &[hash, group] : numbers)
    if (group.size() > 1)
      groups.push_back(std::move(group));
  std::sort(groups.begin(), groups.end());
  return groups;
}

// Of pieces, one more than there may be different bits, at least one is equal:
// only pictures that share a piece are compared.
void find_near(const std::vector<Look> &looks,
               const std::function<void(size_t, size_t)> &found) {
  constexpr int pieces = near_distance + 1, piece_bits = 64 / pieces + 1;
  auto piece = [&](size_t i, int number) {
    return looks[i].differences >> (number * piece_bits) &
           ((UINT64_C(1) << piece_bits) - 1);
  };
  std::vector<size_t> order(looks.size());
  for (int number = 0; number < pieces; ++number) {
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) {
      return piece(i, number) < piece(j, number);
    });
    auto compared_before = [&](size_t i, size_t j) {
      for (int earlier = 0; earlier < number; ++earlier)
        if (piece(i, earlier) == piece(j, earlier))
          return true;
      return false;
    };
    for (size_t a = 0; a < order.size(); ++a)
      for (size_t b = a + 1; b < order.size() &&
                             piece(order[a], number) == piece(order[b], number);
           ++b)
        if (count_bits(looks[order[a]].differences ^
                       looks[order[b]].differences) <= near_distance &&
            !compared_before(order[a], order[b]) &&
            correlation(looks[order[a]], looks[order[b]]) >= near_correlation)
          found(order[a], order[b]);
  }
}

} // namespace lathe
