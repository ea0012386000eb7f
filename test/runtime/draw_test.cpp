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
    if (reach)
      ASSERT_NEAR(sigma_of(weights), 7.5 * scale, 2e-3);
    ASSERT_TRUE(reach == radius || weights[reach + 1] == 0);
  }
  EXPECT_NEAR(double(scales.size()) / draws, 0.3, 0.015);
  expect_uniform(scales, 0.2, 1);
}

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
      if (draw.kind == LATHE_DRAW_MIXUP)
        ASSERT_TRUE(changed == 0 || changed == 8);
      mixed += changed > 0;
    }
    EXPECT_NEAR(mixed / 2000.0, 0.3, 0.04);
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

// Policies: of each operation, its number and its strength for nn.adjust, and a
// transform. Operations that move pixels are known by the latter.
enum Operation {
  Identity,
  ShearX,
  ShearY,
  TranslateX,
  TranslateY,
  Rotate,
  Brightness,
  Color,
  Contrast,
  Sharpness,
  Posterize,
  Solarize,
  AutoContrast,
  Equalize,
  Invert
};

int operation_of(const Numbers &n, size_t slot = 0) {
  const float *at = &n[10 * slot], *m = at + 2;
  if (at[0] > 0)
    return Brightness - 1 + static_cast<int>(at[0]);
  if (m[0] != 1)
    return Rotate;
  if (m[1] != 0 || m[3] != 0)
    return m[1] != 0 ? ShearX : ShearY;
  if (m[2] != 0 || m[5] != 0)
    return m[2] != 0 ? TranslateX : TranslateY;
  return Identity;
}

lathe_draw policy(int32_t which, double slots, double magnitude = 9,
                  double magnitudes = 31) {
  return drawing(LATHE_DRAW_POLICY,
                 {double(which), slots, magnitude, magnitudes, width, height});
}

TEST(Draw, RandAugmentChoosesAmongFourteenAlike) {
  for (size_t slot : {0, 1}) {
    std::array<int, Invert + 1> counts = {};
    for (int64_t sample = 0; sample < draws; ++sample)
      ++counts[static_cast<size_t>(operation_of(
          numbers_of({policy(LATHE_POLICY_RAND, 2)}, sample), slot))];
    EXPECT_EQ(counts[Invert], 0);
    double chi = 0;
    constexpr double expected = draws / 14.0;
    for (int operation = 0; operation < Invert; ++operation)
      chi += std::pow(counts[static_cast<size_t>(operation)] - expected, 2) /
             expected;
    EXPECT_LT(chi, 41.2); // the 99.99 % quantile for 13 degrees of freedom
  }
}

TEST(Draw, RandAugmentHasOneMagnitudeAndBothSigns) {
  int positive = 0, all = 0;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({policy(LATHE_POLICY_RAND, 1)}, sample);
    const float *m = &n[2];
    const double angle = std::atan2(m[3], m[0]) * 180 / M_PI;
    switch (operation_of(n)) {
    case ShearX:
      ASSERT_NEAR(std::fabs(m[1]), 0.09, 1e-6);
      ASSERT_NEAR(m[2], m[1] / 2, 1e-6);
      break;
    case ShearY:
      ASSERT_NEAR(std::fabs(m[3]), 0.09, 1e-6);
      break;
    case TranslateX:
      ASSERT_EQ(std::fabs(m[2]), std::floor(150.0 / 331 * width * 0.3));
      break;
    case TranslateY:
      ASSERT_EQ(std::fabs(m[5]), std::floor(150.0 / 331 * height * 0.3));
      break;
    case Rotate:
      ASSERT_NEAR(std::fabs(angle), 9, 1e-4);
      break;
    case Brightness:
    case Color:
    case Contrast:
    case Sharpness:
      ASSERT_NEAR(std::fabs(n[1] - 1), 0.27, 1e-6);
      positive += n[1] > 1;
      ++all;
      break;
    case Posterize:
      ASSERT_EQ(n[1], 7);
      break;
    case Solarize:
      ASSERT_NEAR(n[1], 255 * 0.7, 1e-4);
      break;
    default:
      ASSERT_EQ(n[1], 0);
    }
  }
  EXPECT_NEAR(double(positive) / all, 0.5, 0.05);
}

TEST(Draw, TrivialAugmentHasAllMagnitudes) {
  std::set<float> thresholds, bits;
  double most_shear = 0, most_turn = 0;
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({policy(LATHE_POLICY_TRIVIAL, 1, 0)}, sample);
    if (operation_of(n) == Solarize)
      thresholds.insert(n[1]);
    if (operation_of(n) == Posterize)
      bits.insert(n[1]);
    if (operation_of(n) == ShearX)
      most_shear = std::max(most_shear, double(n[3]));
    if (operation_of(n) == Rotate)
      most_turn = std::max(most_turn, std::atan2(n[5], n[2]) * 180 / M_PI);
  }
  EXPECT_EQ(thresholds.size(), 31u);
  EXPECT_EQ(*thresholds.begin(), 0);
  EXPECT_EQ(*thresholds.rbegin(), 255);
  EXPECT_EQ(bits, (std::set<float>{2, 3, 4, 5, 6, 7, 8}));
  EXPECT_NEAR(most_shear, 0.99, 1e-6);
  EXPECT_NEAR(most_turn, 135, 1e-4);
}

// The shares of an operation in the first and in the second place are the means
// of its chances in the published tables.
TEST(Draw, AutoAugmentKeepsToItsTables) {
  struct Share {
    int32_t policy;
    int operation;
    size_t slot;
    double chance; // of 25 pairs together
  };
  for (const Share &share : {Share{LATHE_POLICY_AUTO, Equalize, 0, 3.4},
                             {LATHE_POLICY_AUTO, Rotate, 1, 1.4},
                             {LATHE_POLICY_AUTO + 1, Brightness, 0, 1.0},
                             {LATHE_POLICY_AUTO + 1, AutoContrast, 1, 2.8},
                             {LATHE_POLICY_AUTO + 2, ShearX, 0, 4.2},
                             {LATHE_POLICY_AUTO + 2, Invert, 1, 3.5}}) {
    SCOPED_TRACE(share.policy * 100 + share.operation);
    auto is = [&](const Numbers &n) {
      return operation_of(n, share.slot) == share.operation ? 1.0 : 0.0;
    };
    EXPECT_NEAR(mean(figures(policy(share.policy, 2, 0, 10), is)),
                share.chance / 25, 0.012);
  }
}

// Chains of 1 to 3 of 13 operations, then the shares of the picture and of what
// the chains make.
TEST(Draw, AugMixHasChainsAndShares) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_AUGMIX, {1, 3, 0, 10, 1, width, height});
  std::array<int, Invert + 1> counts = {};
  std::vector<double> images, firsts, bits;
  std::array<int, 4> depths = {};
  for (int64_t sample = 0; sample < draws; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    const float *weights = &n[90];
    double sum = weights[0];
    for (size_t chain = 0; chain < 3; ++chain) {
      sum += weights[2 * chain + 1];
      ASSERT_TRUE(chain == 0 || weights[2 * chain] == 1);
    }
    ASSERT_NEAR(sum, 1, 1e-5);
    images.push_back(weights[0]);
    firsts.push_back(weights[1] / (1 - weights[0]));
    ++counts[static_cast<size_t>(operation_of(n))];
    if (operation_of(n) == Posterize)
      bits.push_back(n[1]);
    // What is not done is at the end. At their smallest magnitude, other
    // operations do nothing, too.
    size_t depth = 3;
    while (depth > 1 && operation_of(n, depth - 1) == Identity)
      --depth;
    ++depths[depth];
  }
  expect_uniform(images, 0, 1);
  EXPECT_NEAR(mean(firsts), 1.0 / 3, 0.012);
  double squares = 0; // of a Dirichlet distribution of three alike: 1/6
  for (double first : firsts)
    squares += first * first / draws;
  EXPECT_NEAR(squares, 1.0 / 6, 0.012);
  EXPECT_EQ(*std::min_element(bits.begin(), bits.end()), 0);
  EXPECT_EQ(*std::max_element(bits.begin(), bits.end()), 4);
  EXPECT_EQ(counts[Invert], 0);
  for (int operation = Brightness; operation < Invert; ++operation)
    EXPECT_NEAR(counts[static_cast<size_t>(operation)], draws / 13.0, 110);
  for (size_t depth : {1, 2, 3})
    EXPECT_NEAR(depths[depth], draws / 3.0, 300);
  EXPECT_GT(depths[3], 2900);
}

TEST(Draw, AugMixOfThePaperHasNineOperations) {
  const lathe_draw draw =
      drawing(LATHE_DRAW_AUGMIX, {0.5, 1, 2, 3, 0, width, height});
  std::set<int> seen;
  for (int64_t sample = 0; sample < 2000; ++sample) {
    const Numbers n = numbers_of({draw}, sample);
    for (size_t slot : {0, 1})
      seen.insert(operation_of(n, slot));
    ASSERT_EQ(n[22], -99);
  }
  EXPECT_EQ(seen, (std::set<int>{Identity, ShearX, ShearY, TranslateX,
                                 TranslateY, Rotate, Posterize, Solarize,
                                 AutoContrast, Equalize}));
}
} // namespace
