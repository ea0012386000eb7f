// duplicates_test.cpp: which pictures are the same, and which look the same.
#include "runtime/data/duplicates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace {

using namespace lathe;
using Pairs = std::set<std::pair<size_t, size_t>>;

Pairs pairs_of(const std::vector<Look> &looks) {
  Pairs pairs;
  find_near(looks, [&](size_t i, size_t j) {
    EXPECT_LT(i, j);
    EXPECT_TRUE(pairs.emplace(i, j).second) << "twice: " << i << ", " << j;
  });
  return pairs;
}

// Copies with 0 to 8 other bits, of pictures that are all different: those
// pairs are found that a comparison with every other one finds.
TEST(Duplicates, NearOnesAreThoseOfAllPairs) {
  std::mt19937_64 random(3);
  std::vector<Look> looks;
  for (int original = 0; original < 60; ++original) {
    Look look;
    look.differences = random() & random(); // many zeros, as in plain pictures
    for (uint8_t &pixel : look.thumbnail)
      pixel = uint8_t(random());
    for (int copy = 0; copy < 9; ++copy) {
      looks.push_back(look);
      for (int bit = 0; bit < copy; ++bit)
        looks.back().differences ^= uint64_t(1) << random() % 64;
    }
  }
  std::shuffle(looks.begin(), looks.end(), random);
  Pairs expected;
  for (size_t i = 0; i < looks.size(); ++i)
    for (size_t j = i + 1; j < looks.size(); ++j) {
      int bits = 0;
      for (int bit = 0; bit < 64; ++bit)
        bits += (looks[i].differences >> bit & 1) !=
                (looks[j].differences >> bit & 1);
      // Different thumbnails are of different pictures.
      if (bits <= near_distance && looks[i].thumbnail == looks[j].thumbnail)
        expected.emplace(i, j);
    }
  EXPECT_GT(expected.size(), 300u);
  EXPECT_EQ(pairs_of(looks), expected);
}

TEST(Duplicates, SizeBrightnessAndContrastDoNotCount) {
  auto picture = [](int64_t edge, float scale, float offset, float phase) {
    std::vector<float> pixels;
    for (int64_t y = 0; y < edge; ++y)
      for (int64_t x = 0; x < edge; ++x)
        for (int c = 0; c < 3; ++c) {
          const float u = (float(x) + 0.5f) / float(edge);
          const float v = (float(y) + 0.5f) / float(edge);
          pixels.push_back(offset + scale * (std::sin(7 * u + phase) *
                                             std::cos(5 * v - 3 * u)));
        }
    return look_of(pixels.data(), edge, edge, 3);
  };
  const std::vector<Look> looks = {
      picture(64, 100, 120, 0), picture(48, 40, 60, 0),
      picture(64, 0.3f, 0.5f, 0), picture(64, 100, 120, 1.5f)};
  EXPECT_EQ(pairs_of(looks), (Pairs{{0, 1}, {0, 2}, {1, 2}}));
}

TEST(Duplicates, EqualHashesAreGroups) {
  using Groups = std::vector<std::vector<size_t>>;
  EXPECT_EQ(equal_hashes({7, 5, 9, 5, 7, 5}), (Groups{{0, 4}, {1, 3, 5}}));
  EXPECT_EQ(equal_hashes({1, 2}), Groups());
}

} // namespace
