// resize.cpp: see resize.h.
#include "runtime/data/resize.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace lathe {

namespace {

std::vector<Taps> line_taps(int64_t from, int64_t to, const ResizeRule &rule) {
  std::vector<Taps> taps;
  for (int64_t pixel = 0; pixel < to; ++pixel)
    taps.push_back(resize_taps(from, to, pixel, rule));
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

// Some filters have negative weights.
uint8_t rounded(float sum) {
  return uint8_t(std::min(std::max(sum, 0.0f), 255.0f));
}

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

// The whole picture, stretched.
void stretch(const Image &image, int64_t height, int64_t width, uint8_t *pixels,
             const ResizeRule &rule) {
  if (image.width == width && image.height == height) {
    std::memcpy(pixels, image.pixels.data(), image.pixels.size());
    return;
  }
  const size_t channels = size_t(image.channels);
  const std::vector<Taps> columns = line_taps(image.width, width, rule);
  std::vector<float> line(size_t(image.width) * channels + most_channels);
  for (int64_t row = 0; row < height; ++row) {
    mix_lines(image, resize_taps(image.height, height, row, rule), line);
    for (const Taps &taps : columns) {
      if (channels == 1)
        mix_greys(line, taps, pixels);
      else
        mix_colours(line, taps, channels, pixels);
      pixels += channels;
    }
  }
}

// Copies a rectangle of lines of `size` bytes.
void copy_lines(const uint8_t *from, size_t from_stride, uint8_t *to,
                size_t to_stride, size_t size, int64_t lines) {
  for (int64_t line = 0; line < lines; ++line)
    std::memcpy(to + size_t(line) * to_stride,
                from + size_t(line) * from_stride, size);
}

// Of x pixels, as many as are to others as `to` is to `of`: rounded down, but
// one at least.
int64_t share(int64_t x, int64_t to, int64_t of) {
  return std::max<int64_t>(x * to / of, 1);
}

// The largest part in the middle that has the aspect ratio; as Keras's
// smart_resize.
Image cropped(const Image &image, int64_t height, int64_t width) {
  Image part;
  part.set_size(std::min(image.height, share(image.width, height, width)),
                std::min(image.width, share(image.height, width, height)),
                image.channels);
  const size_t channels = size_t(image.channels),
               stride = size_t(image.width) * channels,
               size = size_t(part.width) * channels;
  const size_t top = size_t(image.height - part.height) / 2,
               left = size_t(image.width - part.width) / 2;
  copy_lines(image.pixels.data() + top * stride + left * channels, stride,
             part.pixels.data(), size, size, part.height);
  return part;
}

// The whole picture with a border at two sides; as TensorFlow's
// resize_with_pad.
void pad(const Image &image, int64_t height, int64_t width, uint8_t *pixels,
         const ResizeRule &rule, const uint8_t *border) {
  Image inner;
  const bool is_tall = image.height * width > image.width * height;
  inner.set_size(is_tall ? height : share(image.height, width, image.width),
                 is_tall ? share(image.width, height, image.height) : width,
                 image.channels);
  stretch(image, inner.height, inner.width, inner.pixels.data(), rule);
  const size_t channels = size_t(image.channels);
  for (size_t i = 0; i < size_t(height * width) * channels; ++i)
    pixels[i] = border ? border[i % channels] : 0;
  const size_t stride = size_t(width) * channels,
               size = size_t(inner.width) * channels;
  const size_t top = size_t(height - inner.height) / 2,
               left = size_t(width - inner.width) / 2;
  copy_lines(inner.pixels.data(), size, pixels + top * stride + left * channels,
             stride, size, inner.height);
}

} // namespace

void resize(const Image &image, int64_t height, int64_t width, uint8_t *pixels,
            const ResizeRule &rule, const uint8_t *border) {
  switch (rule.fit) {
  case Fit::Stretch:
    return stretch(image, height, width, pixels, rule);
  case Fit::Crop:
    return stretch(cropped(image, height, width), height, width, pixels, rule);
  case Fit::Pad:
    return pad(image, height, width, pixels, rule, border);
  }
}

DecodedSize decoded_size(int64_t height, int64_t width,
                         const ResizeRule &rule) {
  // Who does not want all pixels to count wants those that the file has.
  constexpr int64_t all = std::numeric_limits<int32_t>::max();
  if (!rule.antialias || rule.interpolation == Interpolation::Nearest)
    return {all, all};
  // A decoder shrinks by means: half of it is left to the better filters.
  const int64_t times = rule.interpolation >= Interpolation::Bicubic &&
                                rule.interpolation != Interpolation::Area
                            ? 2
                            : 1;
  return {times * height, times * width};
}

} // namespace lathe
