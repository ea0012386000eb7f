// init_test.cpp: moments, limits and orthogonality of initial values.
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

struct Moments {
  double mean = 0, deviation = 0, kurtosis = 0, largest = 0;
};

Moments moments(Instance &instance, const std::string &name) {
  const float *data = &instance.at<float>(name);
  const int64_t count = instance.tensor(name).size / 4;
  Moments result;
  double squares = 0, fourth = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double x = data[i];
    result.mean += x / double(count);
    squares += x * x / double(count);
    fourth += x * x * x * x / double(count);
    result.largest = std::max(result.largest, std::abs(x));
  }
  result.deviation = std::sqrt(squares);
  result.kurtosis = fourth / (squares * squares);
  return result;
}

TEST(Initializers, Uniform) {
  Instance instance(initializers_model);
  Moments found = moments(instance, "uniform");
  EXPECT_NEAR(found.mean, 0, 0.003);
  EXPECT_NEAR(found.deviation, 0.5 / std::sqrt(3), 0.002);
  EXPECT_LE(found.largest, 0.5);
}

TEST(Initializers, Normal) {
  Instance instance(initializers_model);
  Moments found = moments(instance, "normal");
  EXPECT_NEAR(found.mean, 0, 0.03);
  EXPECT_NEAR(found.deviation, 3, 0.02);
  EXPECT_NEAR(found.kurtosis, 3, 0.06);
  EXPECT_GT(found.largest, 3 * 3.5);
}

TEST(Initializers, TruncatedNormal) {
  Instance instance(initializers_model);
  Moments found = moments(instance, "truncated");
  EXPECT_NEAR(found.mean, 0, 0.03);
  EXPECT_NEAR(found.deviation, 3 * 0.87962566103423978, 0.02);
  EXPECT_LE(found.largest, 6);
  EXPECT_GT(found.largest, 5.99);
}

void expect_orthogonal(const std::string &name, int64_t vectors, int64_t size,
                       int64_t next_vector, int64_t next_element,
                       double length) {
  Instance instance(initializers_model);
  const float *data = &instance.at<float>(name);
  for (int64_t j = 0; j < vectors; ++j) {
    for (int64_t k = 0; k <= j; ++k) {
      double dot = 0;
      for (int64_t i = 0; i < size; ++i)
        dot += double(data[j * next_vector + i * next_element]) *
               double(data[k * next_vector + i * next_element]);
      ASSERT_NEAR(dot, j == k ? length * length : 0, 2e-6)
          << name << " " << j << " " << k;
    }
  }
}

TEST(Initializers, Orthogonal) {
  expect_orthogonal("tall", 24, 72, 1, 24, 1);
  expect_orthogonal("wide", 6, 40, 40, 1, 2);
  expect_orthogonal("square", 64, 64, 1, 64, 1);
}

TEST(Initializers, SeedsDiffer) {
  Instance a(initializers_model, 1), b(initializers_model, 1),
      c(initializers_model, 2);
  EXPECT_TRUE(a.bytes() == b.bytes());
  for (const char *name : {"uniform", "normal", "truncated", "tall"}) {
    EXPECT_NE(a.at<float>(name), c.at<float>(name));
    EXPECT_NE((&a.at<float>(name))[1], a.at<float>(name));
  }
}

} // namespace
