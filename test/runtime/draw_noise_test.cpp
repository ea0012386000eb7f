// What is drawn for noise, filters and distortions.
#include "test/runtime/draws.h"

using namespace lathe::drawn;

namespace {

TEST(Draw, SeveralUniformNumbersAreDrawnEachByItself) {
  const lathe_draw draw = drawing(LATHE_DRAW_UNIFORM, {-2, 3, 3});
  double product = 0;
  for (size_t k : {0, 1, 2})
    expect_uniform(figures(draw, [&](const Numbers &n) { return n[k]; }), -2,
                   3);
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    ASSERT_EQ(n[3], -99);
    product += (n[0] - 0.5) * (n[1] - 0.5) + (n[1] - 0.5) * (n[2] - 0.5);
  }
  EXPECT_NEAR(product / draws, 0, 0.12);
}

// Keys are whole numbers that floats hold, all over their range.
TEST(Draw, NoiseHasAKeyAndTwoNumbers) {
  const lathe_draw draw = drawing(LATHE_DRAW_NOISE, {2, 6, 0.25, 0.5});
  for (size_t k : {0, 1})
    expect_uniform(figures(draw,
                           [&](const Numbers &n) {
                             EXPECT_EQ(n[k], std::floor(n[k]));
                             return n[k];
                           }),
                   0, 16777216);
  expect_uniform(figures(draw, [](const Numbers &n) { return n[2]; }), 2, 6);
  expect_uniform(figures(draw, [](const Numbers &n) { return n[3]; }), 0.25,
                 0.5);
}

// The filter's standard deviation, from the ratio of its weights.
double sigma_of(const float *weights) {
  return std::sqrt(-0.5 / std::log(weights[1] / weights[0]));
}
double sum_of(const float *weights, int radius) {
  double sum = weights[0];
  for (int k = 1; k <= radius; ++k)
    sum += 2 * double(weights[k]);
  return sum;
}

TEST(Draw, BlursHaveAUniformSigmaOfRowsAndOfColumns) {
  const lathe_draw draw = drawing(LATHE_DRAW_BLUR, {1, 1, 0.5, 2, 3, 2});
  for (size_t first : {0, 4})
    expect_uniform(figures(draw,
                           [&](const Numbers &n) {
                             EXPECT_NEAR(sum_of(&n[first], first ? 2 : 3), 1,
                                         1e-5);
                             return sigma_of(&n[first]);
                           }),
                   0.5, 2);
  // What is not blurred is weighed by itself alone.
  const lathe_draw some = drawing(LATHE_DRAW_BLUR, {0, 0.5, 0.5, 2, 3, 2});
  double blurred = 0;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({some}, sample);
    blurred += n[1] != 0;
    ASSERT_EQ(n[0] == 1, n[1] == 0);
    ASSERT_EQ(n[4] == 1, n[5] == 0);
    ASSERT_EQ(n[1] == 0, n[5] == 0);
  }
  EXPECT_NEAR(blurred / draws, 0.25, 0.015);
  const Numbers none =
      numbers_of({drawing(LATHE_DRAW_BLUR, {1, 1, 0, 0, 1, 1})}, 0);
  EXPECT_EQ(none[0], 1);
  EXPECT_EQ(none[1], 0);
}

// Keras's sigma is 5 % of the smaller side, times the scale; alpha 10 % of the
// larger.
TEST(Draw, ElasticTransformsHaveAUniformScale) {
  const int radius = 3 * 7; // of sigma 7.5
  const lathe_draw draw =
      drawing(LATHE_DRAW_ELASTIC, {0.3, 0.3, 0.2, 1, 200, 150, double(radius)});
  std::vector<double> scales;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    if (n[2] == 0)
      continue;
    const double scale = std::sqrt(n[2] / (20 * 7.5));
    scales.push_back(scale);
    const float *weights = &n[3];
    ASSERT_NEAR(sum_of(weights, radius), 1, 1e-5);
    ASSERT_TRUE(
        std::equal(weights, weights + radius + 1, weights + radius + 1));
    const int reach = 3 * int(7.5 * scale);
    if (reach) {
      ASSERT_NEAR(sigma_of(weights), 7.5 * scale, 2e-3);
    }
    ASSERT_TRUE(reach == radius || weights[reach + 1] == 0);
  }
  EXPECT_NEAR(double(scales.size()) / draws, 0.3, 0.015);
  expect_uniform(scales, 0.2, 1);
}
} // namespace
