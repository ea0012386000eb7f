//===- NoiseTest.cpp - Noise, blurred images, sums of images -------------===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace lathe::kernels;

namespace {
TensorType images(int64_t height, int64_t width, int64_t channels) {
  return f32({dynamicBatch, height, width, channels});
}

KernelSpec adjust(const TensorType &image, const std::string &function,
                  int64_t columns, double low, double high) {
  SpecBuilder b("adjust");
  int x = b.input(image), draws = b.input(f32({dynamicBatch, columns}));
  return b.finish({b.op("adjust", {x, draws}, {image},
                        {{"at", int64_t{0}},
                         {"function", function},
                         {"high", high},
                         {"low", low}})});
}

KernelSpec blur(const TensorType &image, int64_t rows, int64_t columns,
                const char *fill, int64_t at = 0) {
  SpecBuilder b("blur");
  int x = b.input(image),
      draws = b.input(f32({dynamicBatch, at + rows + columns + 2}));
  return b.finish({b.op("blur", {x, draws}, {image},
                        {{"at", at},
                         {"fill_mode", std::string(fill)},
                         {"radii", list({rows, columns})}})});
}

KernelSpec noise(const TensorType &image) {
  SpecBuilder b("noise");
  int draws = b.input(f32({dynamicBatch, 4}));
  return b.finish({b.op("noise", {draws}, {image}, {{"at", int64_t{1}}})});
}

const TensorType sizes[] = {images(7, 21, 3), images(5, 4, 1),
                            images(4, 5, 20)};

TEST(Noise, AdjustmentsAgainstTheReference) {
  for (const TensorType &image : sizes) {
    checkGiven(adjust(image, "gaussian_noise", 4, -1, 1.5), 2,
               {{1, {16777215, 3, 0.5, 0, 0, 8388608, 0, 0}}}, 1e-4);
    checkGiven(adjust(image, "salt_and_pepper", 4, -1, 1.5), 2,
               {{1, {77, 16777214, 0.3, 0.75, 5, 6, 1, 0}}}, 1e-6);
    std::vector<double> shifts;
    for (int64_t i = 0; i < 2 * image.shape[3]; ++i)
      shifts.push_back(0.1 * static_cast<double>(i % 7 - 3));
    checkGiven(adjust(image, "channel_shift", image.shape[3], -1, 1.5), 2,
               {{1, shifts}}, 1e-5);
  }
}

TEST(Noise, FieldsAgainstTheReference) {
  for (const TensorType &image : {images(9, 33, 2), images(3, 2, 2)})
    checkGiven(noise(image), 2, {{0, {0, 1, 2, 0.5, 0, 16777215, 9, 3}}}, 1e-4);
}

// Filters of all kinds, some wider than the image.
TEST(Noise, BlursAgainstTheReference) {
  for (const char *fill : {"constant", "reflect"})
    for (const TensorType &image : sizes)
      for (auto [rows, columns] :
           {std::pair<int64_t, int64_t>{1, 1}, {0, 3}, {2, 0}, {9, 11}}) {
        std::vector<double> weights;
        for (int64_t i = 0; i < 2 * (rows + columns + 3); ++i)
          weights.push_back(1 / (1.5 + static_cast<double>(i % 5)));
        checkGiven(blur(image, rows, columns, fill, 1), 2, {{1, weights}},
                   1e-4);
      }
}

TEST(Noise, BlendsAgainstTheReference) {
  for (const TensorType &image : sizes) {
    SpecBuilder b("blend");
    int x = b.input(image), draws = b.input(f32({dynamicBatch, 3})),
        y = b.input(image);
    checkGiven(
        b.finish({b.op("blend", {x, draws, y}, {image}, {{"at", int64_t{1}}})}),
        2, {{1, {0, 0.25, 0.75, 0, 1, -2}}}, 1e-5);
  }
}

/// The results of one call in this process.
std::vector<double>
results(const KernelSpec &spec, int64_t n,
        const std::map<size_t, std::vector<double>> &inputs) {
  std::string error;
  auto kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  EXPECT_TRUE(kernel) << error;
  Call call(spec, n, 3);
  for (const auto &[input, values] : inputs)
    call.set(input, values);
  kernel->run(call.pointers(), static_cast<int32_t>(n));
  return call.result(0).data;
}

/// Pearson's chi-square of parts that should be equally frequent.
double chiSquare(const std::vector<double> &counts) {
  double sum = 0, chi = 0;
  for (double count : counts)
    sum += count;
  double expected = sum / static_cast<double>(counts.size());
  for (double count : counts)
    chi += (count - expected) * (count - expected) / expected;
  return chi;
}

TEST(Noise, IsNormalForEachImageByItself) {
  TensorType image = images(40, 125, 2);
  std::vector<double> all =
      results(noise(image), 2, {{0, {0, 123, 456, 3, 0, 124, 456, 3}}});
  ASSERT_EQ(all.size(), 20000u);
  double sum = 0, squares = 0, product = 0;
  std::vector<double> counts(20);
  for (size_t i = 0; i < all.size(); ++i) {
    double z = all[i] / 3;
    sum += z;
    squares += z * z;
    product += z * all[(i + 10000) % 20000] / 3 + z * all[(i + 1) % 20000] / 3;
    double below = 0.5 * std::erfc(-z / std::sqrt(2.0));
    ++counts[std::min<size_t>(static_cast<size_t>(below * 20), 19)];
  }
  EXPECT_NEAR(sum / 20000, 0, 0.03);
  EXPECT_NEAR(squares / 20000, 1, 0.04);
  EXPECT_NEAR(product / 20000, 0, 0.06); // images and neighbours
  EXPECT_LT(chiSquare(counts), 52.4);    // the 99.99 % quantile of 19 degrees
}

TEST(Noise, SaltAndPepperHaveTheirShares) {
  TensorType image = images(100, 100, 3);
  std::vector<double> all =
      results(adjust(image, "salt_and_pepper", 4, 0, 255), 1,
              {{0, std::vector<double>(30000, 100)}, {1, {9, 8, 0.3, 0.8}}});
  double salt = 0, pepper = 0;
  std::vector<double> rows(20);
  for (size_t i = 0; i < all.size(); i += 3) {
    ASSERT_TRUE(all[i] == all[i + 1] && all[i] == all[i + 2]);
    ASSERT_TRUE(all[i] == 0 || all[i] == 100 || all[i] == 255);
    salt += all[i] == 255;
    pepper += all[i] == 0;
    rows[i / 1500] += all[i] != 100;
  }
  EXPECT_NEAR(salt / 10000, 0.24, 0.017); // four standard deviations
  EXPECT_NEAR(pepper / 10000, 0.06, 0.0095);
  EXPECT_LT(chiSquare(rows), 52.4);
}

TEST(Noise, ThreadsDoNotChangeResults) {
  checkThreads(blur(images(33, 30, 3), 2, 2, "reflect"), 5);
  checkThreads(adjust(images(33, 30, 3), "gaussian_noise", 4, 0, 1), 5);
  checkThreads(noise(images(33, 30, 2)), 5);
}
} // namespace

namespace lathe::kernels {
std::vector<KernelSpec> typicalNoises() {
  std::vector<KernelSpec> all = {
      adjust(images(20, 21, 3), "gaussian_noise", 4, 0, 255),
      adjust(images(20, 21, 3), "salt_and_pepper", 4, 0, 255),
      adjust(images(20, 21, 3), "channel_shift", 3, 0, 255),
      blur(images(20, 21, 3), 2, 2, "reflect"), noise(images(20, 21, 2))};
  // Their names are functions' names in C++.
  for (size_t i = 0; i < all.size(); ++i)
    all[i].name += "_noise_" + std::to_string(i);
  return all;
}
} // namespace lathe::kernels
