// resize_rule_test.cpp: every filter against its definition, what keeps the
// aspect ratio, and that what predict reads is what training read.
#include "runtime/cli/png_writer.h"
#include "runtime/cli/predict_samples.h"
#include "runtime/data/resize.h"
#include "runtime/data/resize_rule.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace {

using lathe::Fit;
using lathe::Image;
using lathe::Interpolation;
using lathe::ResizeRule;

constexpr Interpolation all_interpolations[] = {
    Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic,
    Interpolation::Area,    Interpolation::Lanczos3, Interpolation::Lanczos5};

Image random_image(int64_t height, int64_t width, int channels) {
  Image image;
  image.set_size(height, width, channels);
  uint32_t random = uint32_t(height * 31 + width);
  for (uint8_t &value : image.pixels) {
    random = random * 1664525u + 1013904223u;
    value = uint8_t(random >> 24);
  }
  return image;
}

// What a filter weighs at a distance in its own pixels.
double kernel(Interpolation interpolation, double x) {
  const double pi = std::acos(-1.0);
  x = std::abs(x);
  auto lanczos = [&](double radius) {
    if (x >= radius)
      return 0.0;
    return x < 1e-9 ? 1.0
                    : radius * std::sin(pi * x) * std::sin(pi * x / radius) /
                          (pi * pi * x * x);
  };
  switch (interpolation) {
  case Interpolation::Bilinear:
    return std::max(0.0, 1 - x);
  case Interpolation::Bicubic: // Keys's two pieces, written out
    if (x <= 1)
      return 1.5 * std::pow(x, 3) - 2.5 * x * x + 1;
    return x < 2 ? -0.5 * std::pow(x, 3) + 2.5 * x * x - 4 * x + 2 : 0;
  case Interpolation::Lanczos3:
    return lanczos(3);
  default:
    return lanczos(5);
  }
}

// The weights of all the pixels of a line.
std::vector<double> weights(const ResizeRule &rule, int64_t from, int64_t to,
                            int64_t pixel) {
  std::vector<double> all(static_cast<size_t>(from));
  const double step = double(from) / double(to),
               centre = (double(pixel) + 0.5) * step;
  if (rule.interpolation == Interpolation::Nearest) {
    all[size_t(std::floor(centre))] = 1;
    return all;
  }
  const double width = rule.antialias ? std::max(step, 1.0) : 1;
  double sum = 0;
  for (int64_t i = -20 * from; i < 21 * from; ++i) {
    const bool exists = i >= 0 && i < from;
    double weight =
        kernel(rule.interpolation, (double(i) + 0.5 - centre) / width);
    if (rule.interpolation == Interpolation::Area)
      weight = std::max(0.0, std::min(double(i + 1), centre + step / 2) -
                                 std::max(double(i), centre - step / 2));
    if (!exists && rule.interpolation != Interpolation::Bilinear)
      continue;
    sum += weight;
    all[size_t(std::clamp<int64_t>(i, 0, from - 1))] += weight;
  }
  for (double &weight : all)
    weight /= sum;
  return all;
}

std::vector<double> reference(const Image &image, int64_t height, int64_t width,
                              const ResizeRule &rule) {
  std::vector<double> result;
  for (int64_t y = 0; y < height; ++y) {
    const std::vector<double> rows = weights(rule, image.height, height, y);
    for (int64_t x = 0; x < width; ++x) {
      const std::vector<double> columns = weights(rule, image.width, width, x);
      for (int c = 0; c < image.channels; ++c) {
        double sum = 0;
        for (int64_t i = 0; i < image.height; ++i)
          for (int64_t j = 0; j < image.width; ++j)
            sum +=
                rows[size_t(i)] * columns[size_t(j)] *
                image
                    .pixels[size_t((i * image.width + j) * image.channels + c)];
        result.push_back(std::clamp(sum, 0.0, 255.0));
      }
    }
  }
  return result;
}

std::vector<uint8_t> resized(const Image &image, int64_t height, int64_t width,
                             const ResizeRule &rule,
                             const uint8_t *border = nullptr) {
  std::vector<uint8_t> pixels(size_t(height * width * image.channels));
  lathe::resize(image, height, width, pixels.data(), rule, border);
  return pixels;
}

TEST(ResizeRule, FiltersFollowTheirDefinitions) {
  const int sizes[][4] = {{7, 5, 7, 9},   {12, 9, 3, 4},  {5, 13, 11, 6},
                          {17, 8, 12, 7}, {1, 2, 5, 1},   {11, 11, 1, 1},
                          {6, 14, 4, 14}, {30, 29, 7, 11}};
  for (const auto &[height, width, to_height, to_width] : sizes)
    for (Interpolation interpolation : all_interpolations)
      for (bool antialias : {true, false})
        for (int channels : {1, 3}) {
          const ResizeRule rule{interpolation, antialias, Fit::Stretch};
          SCOPED_TRACE(text_of(rule));
          const Image image = random_image(height, width, channels);
          const std::vector<uint8_t> pixels =
              resized(image, to_height, to_width, rule);
          const std::vector<double> expected =
              reference(image, to_height, to_width, rule);
          for (size_t i = 0; i < pixels.size(); ++i)
            ASSERT_NEAR(pixels[i], expected[i], 0.501)
                << height << "x" << width << " to " << to_height << "x"
                << to_width;
        }
}

TEST(ResizeRule, CropTakesTheMiddle) {
  // 8x20 to 4x5: the middle 10 columns.
  const Image image = random_image(8, 20, 3);
  Image middle;
  middle.set_size(8, 10, 3);
  for (int64_t y = 0; y < 8; ++y)
    for (int64_t i = 0; i < 30; ++i)
      middle.pixels[size_t(y * 30 + i)] = image.pixels[size_t(y * 60 + 15 + i)];
  for (Interpolation interpolation : all_interpolations) {
    const ResizeRule crop{interpolation, true, Fit::Crop},
        plain{interpolation, true, Fit::Stretch};
    EXPECT_EQ(resized(image, 4, 5, crop), resized(middle, 4, 5, plain));
  }
  // Of a line, something is left.
  const ResizeRule crop{Interpolation::Bilinear, true, Fit::Crop};
  EXPECT_EQ(resized(random_image(1, 50, 1), 40, 2, crop).size(), 80u);
}

TEST(ResizeRule, PadKeepsTheWholePicture) {
  // 6x12 to 10x8 is 4x8 with three lines above and below.
  const Image image = random_image(6, 12, 3);
  const ResizeRule pad{Interpolation::Bicubic, true, Fit::Pad},
      plain{Interpolation::Bicubic, true, Fit::Stretch};
  const std::vector<uint8_t> inner = resized(image, 4, 8, plain);
  const uint8_t border[3] = {9, 8, 7};
  for (bool has_border : {false, true}) {
    const std::vector<uint8_t> pixels =
        resized(image, 10, 8, pad, has_border ? border : nullptr);
    for (size_t i = 0; i < pixels.size(); ++i) {
      const size_t line = i / 24;
      const int outside = has_border ? border[i % 3] : 0;
      ASSERT_EQ(pixels[i], line >= 3 && line < 7 ? inner[i - 3 * 24] : outside);
    }
  }
  EXPECT_EQ(resized(random_image(1, 1000, 1), 8, 8, pad).size(), 64u);
}

TEST(ResizeRule, IsReadAsItIsWritten) {
  for (Interpolation interpolation : all_interpolations)
    for (bool antialias : {true, false})
      for (Fit fit : {Fit::Stretch, Fit::Crop, Fit::Pad}) {
        const ResizeRule rule{interpolation, antialias, fit};
        ResizeRule read;
        EXPECT_TRUE(lathe::parse_resize(lathe::text_of(rule), read));
        EXPECT_TRUE(read == rule) << lathe::text_of(rule);
      }
  ResizeRule rule;
  for (const char *text : {"", "crop", "bilinear,", "bilinear,crop,pad",
                           "cubic", "bilinear bicubic", "area,aliased,aliased"})
    EXPECT_FALSE(lathe::parse_resize(text, rule)) << text;
}

// Those of a folder's classes and of predict are read by one function.
TEST(ResizeRule, PredictReadsWhatTrainingRead) {
  TemporaryFolder folder;
  std::vector<std::string> paths;
  const int sizes[][2] = {{31, 17}, {9, 40}, {24, 24}, {1, 3}};
  for (const auto &[height, width] : sizes) {
    const Image image = random_image(height, width, 3);
    const std::vector<uint8_t> png =
        lathe::encode_png({height, width, 3, image.pixels});
    const std::string name = std::to_string(paths.size()) + ".png";
    paths.push_back(folder / (paths.size() < 2 ? "a/" + name : "b/" + name));
    write_text(paths.back(), std::string(png.begin(), png.end()));
  }
  lathe::DatasetSpec spec;
  spec.height = 12, spec.width = 10, spec.channels = 3, spec.classes = 2;
  const size_t size = size_t(spec.image_size());
  std::vector<std::vector<float>> seen;
  for (Interpolation interpolation : all_interpolations)
    for (Fit fit : {Fit::Stretch, Fit::Crop, Fit::Pad}) {
      spec.pictures.resize = {interpolation, fit != Fit::Crop, fit};
      SCOPED_TRACE(text_of(spec.pictures.resize));
      const auto trained =
          lathe::open_dataset(folder.path(), spec, lathe::Part::Train);
      ASSERT_EQ(trained->count(), 4);
      const auto predicted = lathe::open_pictures(paths, spec);
      std::vector<float> of_training(4 * size), of_prediction(4 * size);
      const int64_t samples[] = {0, 1, 2, 3};
      int32_t labels[4];
      trained->read(samples, 4, of_training.data(), labels);
      predicted->read(0, 4, of_prediction.data());
      EXPECT_EQ(of_training, of_prediction);
      seen.push_back(of_training);
    }
  // And each rule gives other pictures.
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

} // namespace
