// resize_test.cpp: resizing against its definition, written down in another
// way, for all pairs of sizes.
#include "runtime/data/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

constexpr int largest = 2000;

// A triangle around the new pixel's centre, in pixels of the original.
double triangle(int from, int to, int pixel, int i) {
  const double step = double(from) / to;
  const double distance = std::abs((pixel + 0.5) * step - (i + 0.5));
  return std::max(0.0, 1 - distance / std::max(step, 1.0));
}

// From the definition, of any weight; the line goes on at both ends with its
// last pixels.
double largest_difference(int from, int to, int pixel) {
  const lathe::Taps taps = lathe::resize_taps(from, to, pixel);
  const double centre = (pixel + 0.5) * from / to;
  const int reach = int(std::max(double(from) / to, 1.0)) + 2;
  const int begin = int(centre) - reach, end = int(centre) + reach;
  double sum = 0;
  for (int i = begin; i <= end; ++i)
    sum += triangle(from, to, pixel, i);
  std::vector<double> expected(taps.weights.size());
  double elsewhere = 0;
  for (int i = begin; i <= end; ++i) {
    const int64_t tap = std::min(std::max(i, 0), from - 1) - taps.first;
    const double weight = triangle(from, to, pixel, i) / sum;
    if (tap >= 0 && tap < int64_t(expected.size()))
      expected[size_t(tap)] += weight;
    else
      elsewhere += weight;
  }
  double worst = elsewhere;
  for (size_t tap = 0; tap < expected.size(); ++tap)
    worst = std::max(worst, std::abs(expected[tap] - taps.weights[tap]));
  return worst;
}

TEST(Resize, WeightsFollowTheDefinitionForEveryPairOfSizes) {
  double worst = 0;
  for (int from = 1; from <= largest; ++from) {
    for (int to = 1; to <= largest; ++to) {
      // The ends differ from the middle, and one pixel elsewhere.
      for (int pixel : {0, (from * 31 + to * 17) % to, to - 1}) {
        const double difference = largest_difference(from, to, pixel);
        ASSERT_LT(difference, 1e-6)
            << from << " to " << to << " pixels, pixel " << pixel;
        worst = std::max(worst, difference);
      }
    }
  }
  EXPECT_GT(worst, 0); // floats against doubles: something was compared
}

TEST(Resize, ReadsOnlyPixelsThatExist) {
  for (int from = 1; from <= 80; ++from)
    for (int to = 1; to <= 80; ++to)
      for (int pixel = 0; pixel < to; ++pixel) {
        const lathe::Taps taps = lathe::resize_taps(from, to, pixel);
        ASSERT_GE(taps.first, 0);
        ASSERT_LE(taps.first + int64_t(taps.weights.size()), from);
      }
}

lathe::Image line(int length, bool upright, int channels) {
  lathe::Image image;
  image.height = upright ? length : 1;
  image.width = upright ? 1 : length;
  image.channels = channels;
  image.pixels.resize(size_t(length * channels));
  return image;
}

TEST(Resize, ConstantPicturesStayConstant) {
  std::vector<uint8_t> pixels(3 * largest);
  for (int from = 1; from <= largest; from += 37) {
    for (int to = 1; to <= largest; to += 41) {
      for (bool upright : {false, true}) {
        lathe::Image image = line(from, upright, 3);
        const uint8_t colour[3] = {uint8_t(from), 255, uint8_t(to)};
        for (size_t i = 0; i < image.pixels.size(); ++i)
          image.pixels[i] = colour[i % 3];
        lathe::resize(image, upright ? to : 1, upright ? 1 : to, pixels.data());
        for (int i = 0; i < 3 * to; ++i)
          ASSERT_EQ(pixels[size_t(i)], colour[i % 3]) << from << " to " << to;
      }
    }
  }
}

// Rows, then columns, in doubles.
std::vector<double> reference(const lathe::Image &image, int height,
                              int width) {
  const int channels = image.channels;
  std::vector<double> result;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int channel = 0; channel < channels; ++channel) {
        double sum = 0, weights = 0;
        for (int64_t i = -image.height; i < 2 * image.height; ++i)
          for (int64_t j = -image.width; j < 2 * image.width; ++j) {
            const double weight =
                triangle(int(image.height), height, y, int(i)) *
                triangle(int(image.width), width, x, int(j));
            const int64_t row = std::clamp<int64_t>(i, 0, image.height - 1);
            const int64_t column = std::clamp<int64_t>(j, 0, image.width - 1);
            weights += weight;
            sum += weight *
                   image.pixels[size_t((row * image.width + column) * channels +
                                       channel)];
          }
        result.push_back(sum / weights);
      }
  return result;
}

TEST(Resize, PicturesAreTheMeanOfTheirPixels) {
  const int sizes[][4] = {{1, 1, 3, 2},   {7, 5, 7, 9},   {12, 9, 3, 4},
                          {5, 13, 11, 6}, {9, 10, 7, 8},  {3, 2, 10, 11},
                          {17, 8, 12, 7}, {11, 11, 1, 1}, {6, 14, 4, 14}};
  for (const auto &[height, width, to_height, to_width] : sizes) {
    for (int channels : {1, 3}) {
      lathe::Image image;
      image.height = height;
      image.width = width;
      image.channels = channels;
      uint32_t random = uint32_t(height * 31 + width);
      for (int i = 0; i < height * width * channels; ++i) {
        random = random * 1664525u + 1013904223u;
        image.pixels.push_back(uint8_t(random >> 24));
      }
      std::vector<uint8_t> pixels(size_t(to_height * to_width * channels));
      lathe::resize(image, to_height, to_width, pixels.data());
      std::vector<double> expected = reference(image, to_height, to_width);
      for (size_t i = 0; i < pixels.size(); ++i)
        ASSERT_NEAR(pixels[i], expected[i], 0.5001)
            << height << "x" << width << " to " << to_height << "x" << to_width;
    }
  }
}

// The sums as they are defined, one after the other.
std::vector<uint8_t> plain_resize(const lathe::Image &image, int64_t height,
                                  int64_t width,
                                  const lathe::ResizeRule &rule) {
  const int64_t channels = image.channels, size = image.width * channels;
  std::vector<uint8_t> result;
  for (int64_t y = 0; y < height; ++y) {
    const lathe::Taps rows = lathe::resize_taps(image.height, height, y, rule);
    std::vector<float> line(static_cast<size_t>(size), 0.0f);
    for (int64_t i = 0; i < size; ++i)
      for (size_t tap = 0; tap < rows.weights.size(); ++tap)
        line[size_t(i)] +=
            rows.weights[tap] *
            float(image.pixels[size_t((rows.first + int64_t(tap)) * size + i)]);
    for (int64_t x = 0; x < width; ++x) {
      const lathe::Taps taps = lathe::resize_taps(image.width, width, x, rule);
      for (int64_t channel = 0; channel < channels; ++channel) {
        float sum = 0.5f;
        for (size_t tap = 0; tap < taps.weights.size(); ++tap)
          sum += taps.weights[tap] *
                 line[size_t((taps.first + int64_t(tap)) * channels + channel)];
        result.push_back(uint8_t(std::clamp(sum, 0.0f, 255.0f)));
      }
    }
  }
  return result;
}

// The vector code of this CPU against plain sums.
TEST(Resize, EveryCpuGivesTheSameBits) {
  uint32_t random = 1;
  auto next = [&](uint32_t below) {
    random = random * 1664525u + 1013904223u;
    return (random >> 8) % below;
  };
  for (int round = 0; round < 200; ++round) {
    lathe::ResizeRule rule;
    rule.interpolation = lathe::Interpolation(round % 6);
    rule.antialias = next(4) != 0;
    lathe::Image image;
    image.set_size(1 + next(90), 1 + next(90), next(2) ? 3 : 1);
    for (uint8_t &pixel : image.pixels)
      pixel = uint8_t(next(2) ? next(256) : 255 * next(2));
    const int64_t height = 1 + next(60), width = 1 + next(60);
    std::vector<uint8_t> pixels(size_t(height * width * image.channels));
    lathe::resize(image, height, width, pixels.data(), rule);
    ASSERT_EQ(pixels, plain_resize(image, height, width, rule))
        << image.height << "x" << image.width << " to " << height << "x"
        << width << ", " << image.channels << " channels, "
        << lathe::text_of(rule);
  }
}

// What photographs met: 300 pixels to 224, among others.
TEST(Resize, RampsStayRampsAtTheSizesOfPhotographs) {
  for (int from : {95, 224, 300, 333, 374, 499, 500, 640, 1024, 1999}) {
    for (int to : {32, 64, 96, 128, 150, 192, 224, 256, 299, 384}) {
      lathe::Image image = line(from, false, 1);
      for (int i = 0; i < from; ++i)
        image.pixels[size_t(i)] = uint8_t(i * 255 / from);
      std::vector<uint8_t> pixels(static_cast<size_t>(to));
      lathe::resize(image, 1, to, pixels.data());
      for (int i = 1; i < to; ++i) // a ramp stays a ramp
        ASSERT_GE(pixels[size_t(i)], pixels[size_t(i) - 1]);
    }
  }
}

} // namespace
