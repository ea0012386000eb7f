// resize.cpp: see resize.h.
#include "runtime/data/resize.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace lathe {

// In units of 1 / (2 * to) of the original's pixels every centre is a whole
// number, and so is every weight before they are normalised.
Taps resize_taps(int64_t from, int64_t to, int64_t pixel) {
  const int64_t centre = (2 * pixel + 1) * from;
  const int64_t radius = 2 * std::max(from, to);
  auto clamped = [&](int64_t i) { return std::clamp<int64_t>(i, 0, from - 1); };
  // Rounding towards zero may begin or end with a weight of 0.
  const int64_t begin = (centre - radius) / (2 * to) - 1;
  const int64_t end = (centre + radius) / (2 * to) + 1;

  Taps taps;
  taps.first = clamped(begin);
  std::vector<int64_t> weights(size_t(clamped(end) - taps.first + 1));
  int64_t sum = 0;
  for (int64_t i = begin; i <= end; ++i) {
    const int64_t weight = radius - std::abs((2 * i + 1) * to - centre);
    if (weight > 0) {
      weights[size_t(clamped(i) - taps.first)] += weight;
      sum += weight;
    }
  }
  for (int64_t weight : weights)
    taps.weights.push_back(float(double(weight) / double(sum)));
  return taps;
}

namespace {

std::vector<Taps> line_taps(int64_t from, int64_t to) {
  std::vector<Taps> taps;
  for (int64_t pixel = 0; pixel < to; ++pixel)
    taps.push_back(resize_taps(from, to, pixel));
  return taps;
}

// One line: the weighted mean of the image's lines. `line` has room for more.
void mix_lines(const Image &image, const Taps &taps, std::vector<float> &line) {
  const size_t size = size_t(image.width) * size_t(image.channels);
  std::fill(line.begin(), line.end(), 0.0f);
  float *__restrict to = line.data();
  for (size_t tap = 0; tap < taps.weights.size(); ++tap) {
    const float weight = taps.weights[tap];
    if (weight == 0)
      continue;
    const uint8_t *pixels =
        image.pixels.data() + (size_t(taps.first) + tap) * size;
    for (size_t i = 0; i < size; ++i)
      to[i] += weight * float(pixels[i]);
  }
}

uint8_t rounded(float sum) { return uint8_t(std::min(sum, 255.0f)); }

// The channels of a pixel side by side; those that there are not are not used.
typedef float Channels __attribute__((vector_size(16)));
constexpr size_t most_channels = sizeof(Channels) / sizeof(float);

void mix_colours(const std::vector<float> &line, const Taps &taps,
                 size_t channels, uint8_t *pixel) {
  const float *value = &line[size_t(taps.first) * channels];
  Channels sum = {0.5f, 0.5f, 0.5f, 0.5f};
  for (float weight : taps.weights) {
    Channels values;
    std::memcpy(&values, value, sizeof(values));
    sum += weight * values;
    value += channels;
  }
  for (size_t channel = 0; channel < channels; ++channel)
    pixel[channel] = rounded(sum[channel]);
}

void mix_greys(const std::vector<float> &line, const Taps &taps,
               uint8_t *pixel) {
  const float *value = &line[size_t(taps.first)];
  float sum = 0.5f;
  for (float weight : taps.weights)
    sum += weight * *value++;
  *pixel = rounded(sum);
}

} // namespace

void resize(const Image &image, int64_t height, int64_t width,
            uint8_t *pixels) {
  if (image.width == width && image.height == height) {
    std::memcpy(pixels, image.pixels.data(), image.pixels.size());
    return;
  }
  const size_t channels = size_t(image.channels);
  const std::vector<Taps> columns = line_taps(image.width, width);
  std::vector<float> line(size_t(image.width) * channels + most_channels);
  for (int64_t row = 0; row < height; ++row) {
    mix_lines(image, resize_taps(image.height, height, row), line);
    for (const Taps &taps : columns) {
      if (channels == 1)
        mix_greys(line, taps, pixels);
      else
        mix_colours(line, taps, channels, pixels);
      pixels += channels;
    }
  }
}

} // namespace lathe
