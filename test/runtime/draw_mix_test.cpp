// What is drawn for batches whose images are mixed.
#include "test/runtime/draws.h"

using namespace lathe::drawn;

namespace {

// What is drawn for the images of a batch: rows of six.
std::vector<std::array<float, 6>> mix_of(const lathe_draw &draw, int64_t place,
                                         int32_t n) {
  std::vector<std::array<float, 6>> rows(static_cast<size_t>(n));
  lathe_this_draw_mix(&draw, 1, 5, 2, place, n, rows[0].data());
  return rows;
}

TEST(DrawMix, SharesAreOfTheBetaDistributionAndPartnersAPermutation) {
  for (double alpha : {0.2, 1.0, 3.0}) {
    const lathe_draw draw = drawing(LATHE_DRAW_MIXUP, {1, 1, alpha});
    std::vector<double> shares, squares;
    for (int64_t place = 0; place < 200; ++place) {
      std::set<float> partners;
      for (const auto &row : mix_of(draw, place, 50)) {
        ASSERT_TRUE(row[1] >= 0 && row[1] <= 1);
        ASSERT_EQ(row[3] - row[2], 0);
        partners.insert(row[0]);
        shares.push_back(row[1]);
        squares.push_back((row[1] - 0.5) * (row[1] - 0.5));
      }
      ASSERT_EQ(partners.size(), 50u);
      ASSERT_EQ(*partners.rbegin(), 49);
    }
    EXPECT_NEAR(mean(shares), 0.5, 0.015);
    EXPECT_NEAR(mean(squares), 1 / (4 * (2 * alpha + 1)), 0.006);
    if (alpha == 1)
      expect_uniform(shares, 0, 1);
  }
}

TEST(DrawMix, RectanglesLieInside) {
  const lathe_draw draw = drawing(LATHE_DRAW_CUTMIX, {1, 1, 1, width, height});
  std::vector<double> areas;
  for (int64_t place = 0; place < 200; ++place)
    for (const auto &row : mix_of(draw, place, 50)) {
      ASSERT_EQ(row[1], 1);
      ASSERT_TRUE(row[2] >= 0 && row[2] <= row[3] && row[3] <= height);
      ASSERT_TRUE(row[4] >= 0 && row[4] <= row[5] && row[5] <= width);
      areas.push_back((row[3] - row[2]) * (row[5] - row[4]) / (width * height));
    }
  // Half of the pictures' areas, less what whole pixels leave out.
  EXPECT_NEAR(mean(areas), 0.48, 0.02);
}

TEST(DrawMix, SomeBatchesStayAsTheyAre) {
  for (const lathe_draw &draw :
       {drawing(LATHE_DRAW_MIXUP, {1, 0.3, 1}),
        drawing(LATHE_DRAW_CUTMIX, {1, 0.3, 1, width, height})}) {
    int mixed = 0;
    for (int64_t place = 0; place < 2000; ++place) {
      int changed = 0;
      for (const auto &row : mix_of(draw, place, 8))
        changed += row[1] != 1 || row[3] > row[2];
      if (draw.kind == LATHE_DRAW_MIXUP) {
        ASSERT_TRUE(changed == 0 || changed == 8);
      }
      mixed += changed > 0;
    }
    EXPECT_NEAR(mixed / 2000.0, 0.3, 0.04);
  }
}

// Epochs are counted from 0: two are mixed, the third is not. What is drawn for
// those that are is what it would be without an end.
TEST(DrawMix, StopsAfterItsLastEpoch) {
  for (const int kind : {LATHE_DRAW_MIXUP, LATHE_DRAW_CUTMIX}) {
    const lathe_draw ends =
        drawing(kind, {1, 1, 1, width, height, 0, 0, 2});
    const lathe_draw goes_on = drawing(kind, {1, 1, 1, width, height});
    for (int64_t epoch = 0; epoch < 4; ++epoch) {
      std::array<float, 48> rows, others;
      lathe_this_draw_mix(&ends, 1, 5, epoch, 3, 8, rows.data());
      lathe_this_draw_mix(&goes_on, 1, 5, epoch, 3, 8, others.data());
      EXPECT_EQ(rows == others, epoch < 2) << epoch;
      for (size_t i = 0; epoch >= 2 && i < rows.size(); i += 6) {
        EXPECT_EQ(rows[i + 1], 1); // its own pixels, and no rectangle
        EXPECT_EQ(rows[i + 3] - rows[i + 2], 0);
      }
    }
  }
}

// RandomChoice: each batch gets one, by their weights.
TEST(DrawMix, BatchesGetOneOfSeveralByTheirWeights) {
  const std::vector<lathe_draw> all = {
      drawing(LATHE_DRAW_CUTMIX, {0.2, 1, 1, width, height}),
      drawing(LATHE_DRAW_MIXUP, {0.8, 1, 1})};
  std::array<int, 2> counts = {};
  for (int64_t place = 0; place < draws; ++place) {
    std::array<float, 12> rows;
    lathe_this_draw_mix(all.data(), 2, 5, 2, place, 2, rows.data());
    const bool mixes = rows[1] != 1 && rows[7] != 1;
    const bool cuts = rows[1] == 1 && rows[7] == 1;
    ASSERT_TRUE(mixes != cuts);
    ++counts[mixes];
  }
  EXPECT_NEAR(counts[1], 0.8 * draws, 160); // four standard deviations
}
} // namespace
