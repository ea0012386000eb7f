//===- AgreementTest.cpp - What counts as equal but for rounding ----------===//
#include "compiler/verify/Agreement.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace lathe::verify;

namespace {

Measured result(std::vector<double> values) {
  return {{}, Numbers(std::move(values)), false};
}

TEST(Agreement, allowsAMultipleOfWhatPerturbationsMake) {
  Measured reference = result({1, 2});
  std::vector<Measured> perturbed = {result({1.0001, 2}), result({1, 2.0002})};
  Slack slack;
  EXPECT_TRUE(compare(result({1, 2.003}), reference, perturbed, slack).agrees);
  Agreement off = compare(result({1, 2.004}), reference, perturbed, slack);
  EXPECT_FALSE(off.agrees);
  EXPECT_EQ(off.at, 1u);
  EXPECT_NEAR(off.difference, 0.004, 1e-9);
}

TEST(Agreement, allowsTheRoundingOfWhatIsStored) {
  Measured reference = result({1, 1000});
  EXPECT_TRUE(
      compare(result({1, 1000.0002}), reference, {reference}, {}).agrees);
  EXPECT_FALSE(
      compare(result({1, 1000.02}), reference, {reference}, {}).agrees);
}

TEST(Agreement, comparesVariablesByTheirChange) {
  Measured reference{{1, 1}, {1 - 1e-5, 1 - 2e-5}, false},
      same{{1, 1}, {1 - 1.002e-5, 1 - 2e-5}, false},
      undecayed{{1, 1}, {1 - 1e-5, 1 - 1e-5}, false},
      perturbed{{1.001, 0.999}, {1.001 - 1.0001e-5, 0.999 - 2e-5}, false};
  EXPECT_TRUE(compare(same, reference, {perturbed}, {}).agrees);
  // Half a step is missing, which is a hundred thousandth of the value.
  EXPECT_FALSE(compare(undecayed, reference, {perturbed}, {}).agrees);
}

TEST(Agreement, allowsAFewTimesAsManyOutliers) {
  // Of the elements of a sign's steps, a perturbation turns one.
  auto steps = [](size_t turned) {
    std::vector<double> after(100, 1);
    std::fill_n(after.begin(), turned, -1);
    return Measured{Numbers(std::vector<double>(100, 0)), Numbers(after),
                    false};
  };
  EXPECT_TRUE(compare(steps(4), steps(0), {steps(1)}, {}).agrees);
  EXPECT_FALSE(compare(steps(5), steps(0), {steps(1)}, {}).agrees);
  EXPECT_FALSE(compare(steps(1), steps(0), {steps(0)}, {}).agrees);
}

TEST(Agreement, keepsNaNAndInfinityApart) {
  Measured reference = result({NAN, INFINITY, 1});
  EXPECT_TRUE(compare(reference, reference, {reference}, {}).agrees);
  EXPECT_FALSE(
      compare(result({1, INFINITY, 1}), reference, {reference}, {}).agrees);
  EXPECT_FALSE(
      compare(result({NAN, -INFINITY, 1}), reference, {reference}, {}).agrees);
  EXPECT_FALSE(
      compare(result({NAN, INFINITY, NAN}), reference, {reference}, {}).agrees);
}

TEST(Agreement, takesIntegersAsTheyAre) {
  Measured reference{{}, {7}, true}, other{{}, {8}, true};
  EXPECT_FALSE(compare(other, reference, {reference}, {}).agrees);
  EXPECT_TRUE(compare(reference, reference, {reference}, {}).agrees);
}

} // namespace
