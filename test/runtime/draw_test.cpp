// What augmentation draws: ranges, means and shapes of the distributions, and
// the transforms that come of them.
#include "test/runtime/draws.h"

using namespace lathe::drawn;

namespace {

TEST(Draw, Uniform) {
  expect_uniform(figures(drawing(LATHE_DRAW_UNIFORM, {-0.3, 0.9}), first), -0.3,
                 0.9);
}

TEST(Draw, SignedIsSymmetricAndLeavesOutTheMiddle) {
  const auto values = figures(drawing(LATHE_DRAW_SIGNED, {0.25, 0.5}), first);
  std::vector<double> sizes;
  for (double value : values)
    sizes.push_back(std::fabs(value));
  expect_uniform(sizes, 0.25, 0.5);
  EXPECT_NEAR(mean(values), 0, 0.015);
}

TEST(Draw, ChanceIsThatOfTheInterval) {
  EXPECT_NEAR(mean(figures(drawing(LATHE_DRAW_CHANCE, {0.3, 0.3}), first)), 0.3,
              0.015);
  EXPECT_NEAR(mean(figures(drawing(LATHE_DRAW_CHANCE, {0, 1}), first)), 0.5,
              0.015);
  EXPECT_EQ(mean(figures(drawing(LATHE_DRAW_CHANCE, {1, 1}), first)), 1);
  EXPECT_EQ(mean(figures(drawing(LATHE_DRAW_CHANCE, {0, 0}), first)), 0);
}

TEST(Draw, OddsOfAUniformShare) {
  auto share = [](const Numbers &n) { return n[0] / (1 + double(n[0])); };
  expect_uniform(figures(drawing(LATHE_DRAW_ODDS, {0.2, 0.7}), share), 0.2,
                 0.7);
}

TEST(Draw, BoxesLieInsideAndHaveTheShares) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_BOX, {0.6, 0.6, 0.04, 0.25, 7, 310, 210});
  int64_t boxes = 0;
  std::vector<double> shares;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    ASSERT_TRUE(n[0] >= 0 && n[1] <= 210 && n[2] >= 0 && n[3] <= 310);
    ASSERT_EQ(n[4], 7);
    if (n[1] <= n[0])
      continue;
    ++boxes;
    shares.push_back(std::pow((n[1] - n[0]) / 210, 2));
    ASSERT_GE(n[3] - n[2], 0.2 * 310 - 1);
    ASSERT_LE(n[3] - n[2], 0.5 * 310);
  }
  EXPECT_NEAR(double(boxes) / draws, 0.6, 0.015);
  EXPECT_NEAR(mean(shares), 0.145, 0.006);
}

TEST(Draw, RotationsHaveAUniformAngleAndKeepTheCentre) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_ROTATION, {-0.5, 1.5, width, height});
  expect_uniform(figures(draw,
                         [](const Numbers &n) {
                           const double x = 15, y = 10;
                           EXPECT_NEAR(n[0] * x + n[1] * y + n[2], x, 1e-4);
                           EXPECT_NEAR(n[3] * x + n[4] * y + n[5], y, 1e-4);
                           EXPECT_NEAR(n[0] * n[4] - n[1] * n[3], 1, 1e-5);
                           return std::atan2(n[3], n[0]);
                         }),
                 -0.5, 1.5);
}

TEST(Draw, TranslationsMoveToTheRightAndDown) {
  const lathe_draw draw = drawing(LATHE_DRAW_TRANSLATION, {2, 6, -4, -1});
  // What stands at a pixel was before, to the left of it.
  expect_uniform(figures(draw, [](const Numbers &n) { return -n[2]; }), 2, 6);
  expect_uniform(figures(draw, [](const Numbers &n) { return -n[5]; }), -4, -1);
}

TEST(Draw, ZoomsKeepTheAspectWhereAsked) {
  const lathe_draw both = drawing(LATHE_DRAW_ZOOM,
                                  {0.5, 2, 0.8, 1.2, 0, width, height}),
                   one = drawing(LATHE_DRAW_ZOOM,
                                 {0.5, 2, 0.8, 1.2, 1, width, height});
  expect_uniform(figures(both, first), 0.5, 2);
  expect_uniform(figures(both, [](const Numbers &n) { return n[4]; }), 0.8,
                 1.2);
  for (double difference :
       figures(one, [](const Numbers &n) { return n[0] - n[4]; }))
    ASSERT_EQ(difference, 0);
}

TEST(Draw, FlipsAreHalfOfTheImagesEachByItself) {
  const lathe_draw draw = drawing(LATHE_DRAW_FLIP, {0.5, 0.5, width, height});
  std::array<int, 4> counts = {};
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    ASSERT_EQ(n[2], n[0] < 0 ? width - 1 : 0);
    ASSERT_EQ(n[5], n[4] < 0 ? height - 1 : 0);
    counts[(n[0] < 0 ? 1 : 0) + (n[4] < 0 ? 2 : 0)] += 1;
  }
  for (int count : counts)
    EXPECT_NEAR(count, draws / 4, 160);
}

TEST(Draw, ShearsGoEitherWayTogether) {
  const lathe_draw draw = drawing(LATHE_DRAW_SHEAR, {0.1, 0.3, 0.2, 0.2});
  expect_uniform(
      figures(draw, [](const Numbers &n) { return std::fabs(n[1]); }), 0.1,
      0.3);
  EXPECT_NEAR(mean(figures(draw, [](const Numbers &n) { return n[1]; })), 0,
              0.01);
  for (int64_t sample = 0; sample < 100; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    EXPECT_GT(n[1] * n[3], 0);
    EXPECT_FLOAT_EQ(std::fabs(n[3]), 0.2f);
  }
}

// The transform maps places of the result to the picture: the moved corner to
// the corner.
TEST(Draw, PerspectivesMoveTheCornersInwards) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_PERSPECTIVE, {1, 1, 0.6, width, height});
  std::vector<double> top_left;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    // The inverse of a 3x3 matrix by Cramer's rule, of the corner (0, 0).
    const double a = n[0], b = n[1], c = n[2], d = n[3], e = n[4], f = n[5];
    const double determinant = a * e - b * d;
    const double x = (b * f - c * e) / determinant,
                 y = (c * d - a * f) / determinant;
    ASSERT_GE(x, -1e-3);
    ASSERT_LE(x, 0.3 * 30 + 1e-3);
    ASSERT_GE(y, -1e-3);
    ASSERT_LE(y, 0.3 * 20 + 1e-3);
    top_left.push_back(x);
  }
  expect_uniform(top_left, 0, 9);
}

TEST(Draw, CropsLieInsideAndHaveTheShares) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_RESIZED_CROP, {0.25, 0.5, 0.75, 4.0 / 3, 200, 100});
  std::vector<double> shares;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    const double left = n[2] - 0.5 * n[0] + 0.5, top = n[5] - 0.5 * n[4] + 0.5;
    ASSERT_GE(left, -1e-3);
    ASSERT_GE(top, -1e-3);
    ASSERT_LE(left + 200 * n[0], 200 + 1e-3);
    ASSERT_LE(top + 100 * n[4], 100 + 1e-3);
    const double ratio = 2 * n[0] / n[4];
    ASSERT_GE(ratio, 0.72);
    ASSERT_LE(ratio, 1.38);
    shares.push_back(double(n[0]) * n[4]);
  }
  // Crops of up to half the area that are no higher than the picture.
  EXPECT_GE(*std::min_element(shares.begin(), shares.end()), 0.24);
  EXPECT_LE(*std::max_element(shares.begin(), shares.end()), 0.51);
  EXPECT_NEAR(mean(shares), 0.37, 0.02);
}

// Keras's matrices, multiplied one by one in its order of rows and columns.
TEST(Draw, TheGeneratorIsKerass) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_GENERATOR,
              {40, 3, 0, 2, 0, 15, 0.8, 1.25, 0, 0, width, height});
  for (int64_t sample = 0; sample < 200; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    // Of R·S·Z (rows first), Z = diag(zy, zx), S = [1 -sin; 0 cos]:
    // column 0 is zy·(cos, sin) of the angle.
    const double m00 = n[4], m10 = n[1], m01 = n[3], m11 = n[0];
    const double zy = std::hypot(m00, m10), angle = std::atan2(m10, m00);
    ASSERT_GE(zy, 0.8 - 1e-5);
    ASSERT_LE(zy, 1.25 + 1e-5);
    ASSERT_LE(std::fabs(angle), 40 * M_PI / 180 + 1e-5);
    // Column 1 is zx·R·(-sin, cos) of the shear.
    const double along = std::cos(angle) * m01 + std::sin(angle) * m11;
    const double across = -std::sin(angle) * m01 + std::cos(angle) * m11;
    ASSERT_LE(std::fabs(std::atan2(-along, across)), 15 * M_PI / 180 + 1e-5);
    const double zx = std::hypot(along, across);
    ASSERT_GE(zx, 0.8 - 1e-5);
    ASSERT_LE(zx, 1.25 + 1e-5);
    // The centre goes to the centre and the turned shift.
    const double row = 10, column = 15;
    const double there_row = m00 * row + m01 * column + n[5] - row;
    const double there_column = m10 * row + m11 * column + n[2] - column;
    const double shift_down =
        std::cos(angle) * there_row + std::sin(angle) * there_column;
    const double shift_right =
        -std::sin(angle) * there_row + std::cos(angle) * there_column;
    ASSERT_LE(std::fabs(shift_down), 2 + 1e-4);
    ASSERT_LE(std::fabs(shift_right), 3 + 1e-4);
  }
}

TEST(Draw, TheGeneratorShiftsByWholePixelsBelowAnInteger) {
  const lathe_draw draw = drawing(
      LATHE_DRAW_GENERATOR, {0, 4, 4, 2.5, 0, 0, 1, 1, 0, 0, width, height});
  std::set<float> columns;
  for (int64_t sample = 0; sample < 1000; ++sample)
    columns.insert(numbers_of({draw}, sample)[2]);
  EXPECT_EQ(columns, (std::set<float>{-3, -2, -1, 0, 1, 2, 3}));
  expect_uniform(figures(draw, [](const Numbers &n) { return n[5]; }), -2.5,
                 2.5);
}

// 31 columns, of which 20 are seen, from the 6th on; 21 rows and 21.
TEST(Draw, WindowsAreAnyPartAndGoToTheirPlace) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_CROP, {width, 20, 5, height, 21, 0});
  std::array<int, 12> counts = {};
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    const double left = n[2] + 5;
    ASSERT_EQ(left, std::floor(left));
    ASSERT_TRUE(left >= 0 && left <= 11);
    ASSERT_EQ(n[5], 0);
    ASSERT_TRUE(n[0] == 1 && n[1] == 0 && n[3] == 0 && n[4] == 1);
    ++counts[static_cast<size_t>(left)];
  }
  double chi = 0;
  for (int count : counts)
    chi += std::pow(count - draws / 12.0, 2) / (draws / 12.0);
  EXPECT_LT(chi, 37.4); // the 99.99 % quantile for 11 degrees of freedom
}

TEST(Draw, TransformsAtOnePlaceComeOneAfterTheOther) {
  const lathe_draw shift = drawing(LATHE_DRAW_TRANSLATION, {3, 3, 0, 0}, 2),
                   zoom = drawing(LATHE_DRAW_ZOOM,
                                  {2, 2, 2, 2, 1, width, height}, 2, 4);
  // First moved by 3, then halved about (15, 10): x comes from 2x - 15 in the
  // moved picture, so from 2x - 18.
  const Numbers n = numbers_of({shift, zoom}, 0);
  EXPECT_EQ(n[1], -99);
  EXPECT_FLOAT_EQ(n[2], 2);
  EXPECT_FLOAT_EQ(n[4], -18);
  EXPECT_FLOAT_EQ(n[6], 2);
  EXPECT_FLOAT_EQ(n[7], -10);
  // The other way round: from 2(x - 3) - 15.
  const Numbers m = numbers_of({zoom, shift}, 0);
  EXPECT_FLOAT_EQ(m[4], -21);
}

TEST(Draw, SeedEpochSampleAndStreamTellDrawingsApart) {
  const lathe_draw a = drawing(LATHE_DRAW_UNIFORM, {0, 1}, 0, 1),
                   b = drawing(LATHE_DRAW_UNIFORM, {0, 1}, 1, 2);
  std::set<float> all;
  for (uint64_t seed : {1, 2})
    for (int64_t epoch : {0, 1})
      for (int64_t sample : {0, 1}) {
        const Numbers n = numbers_of({a, b}, sample, seed, epoch);
        all.insert({n[0], n[1]});
        EXPECT_EQ(n, numbers_of({a, b}, sample, seed, epoch));
      }
  EXPECT_EQ(all.size(), 16u);
  // Neighbouring samples and streams do not go together.
  double product = 0;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({a, b}, sample),
                  next = numbers_of({a, b}, sample + 1);
    product += (n[0] - 0.5) * (n[1] - 0.5) + (n[0] - 0.5) * (next[0] - 0.5);
  }
  EXPECT_NEAR(product / draws, 0, 0.004);
}
} // namespace
