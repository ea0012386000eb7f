// What policies draw: operations and their strength.
#include "test/runtime/draws.h"

using namespace lathe::drawn;

namespace {

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
