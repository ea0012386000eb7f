// resize.cpp: see resize.h.
#include "runtime/data/resize.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace lathe {

namespace {

// Compiled for several CPUs; the program chooses when it starts. All of them
// add in the order that is written here, without fused multiplications: the
// same bits everywhere. Sanitizers are not ready yet when the program chooses.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) &&        \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LATHE_FOR_EACH_CPU                                                     \
  __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define LATHE_FOR_EACH_CPU
#endif

// Lines that are added up before the sum goes back to memory.
constexpr size_t most_lines = 4;

// The channels of a pixel side by side; those that there are not are not used.
constexpr size_t most_channels = 4;
typedef float Channels __attribute__((vector_size(most_channels * 4)));
typedef int32_t Numbers __attribute__((vector_size(most_channels * 4)));
typedef uint8_t Bytes __attribute__((vector_size(most_channels)));

// The taps of a line's pixels, all with the same number of weights.
struct LineTaps {
  std::vector<int64_t> first;
  std::vector<float> weights; // [pixels, count], with zeros at the end
  size_t count = 0;
};

LineTaps line_taps(int64_t from, int64_t to, const ResizeRule &rule) {
  std::vector<Taps> all;
  LineTaps line;
  for (int64_t pixel = 0; pixel < to; ++pixel) {
    Taps taps = resize_taps(from, to, pixel, rule);
    // Rounding leaves some at both ends that weigh nothing.
    while (taps.weights.back() == 0)
      taps.weights.pop_back();
    const auto begin = std::find_if(taps.weights.begin(), taps.weights.end(),
                                    [](float weight) { return weight != 0; });
    line.first.push_back(taps.first + (begin - taps.weights.begin()));
    taps.weights.erase(taps.weights.begin(), begin);
    line.count = std::max(line.count, taps.weights.size());
    all.push_back(std::move(taps));
  }
  line.weights.resize(all.size() * line.count);
  for (size_t pixel = 0; pixel < all.size(); ++pixel)
    std::copy(all[pixel].weights.begin(), all[pixel].weights.end(),
              line.weights.begin() + int64_t(pixel * line.count));
  return line;
}

template <size_t count>
inline __attribute__((always_inline)) void
add_lines(const uint8_t *__restrict lines, const float *weights, size_t size,
          bool is_first, float *__restrict to) {
  for (size_t i = 0; i < size; ++i) {
    float sum = is_first ? 0.0f : to[i];
    for (size_t tap = 0; tap < count; ++tap)
      sum += weights[tap] * float(lines[tap * size + i]);
    to[i] = sum;
  }
}

// One line of `size` values: the weighted mean of `count` of them.
LATHE_FOR_EACH_CPU
void mix_lines(const uint8_t *lines, const float *weights, size_t count,
               size_t size, float *to) {
  for (size_t tap = 0; tap < count; tap += most_lines) {
    const uint8_t *from = lines + tap * size;
    switch (std::min(count - tap, most_lines)) {
    case 1:
      add_lines<1>(from, weights + tap, size, tap == 0, to);
      break;
    case 2:
      add_lines<2>(from, weights + tap, size, tap == 0, to);
      break;
    case 3:
      add_lines<3>(from, weights + tap, size, tap == 0, to);
      break;
    default:
      add_lines<4>(from, weights + tap, size, tap == 0, to);
    }
  }
}

uint8_t rounded(float sum) {
  return uint8_t(std::min(std::max(sum, 0.0f), 255.0f));
}

// A pixel is written as four bytes, the last of which is the next one's, or
// behind the line.
template <size_t count>
inline __attribute__((always_inline)) void
mix_colours(const float *line, const LineTaps &taps, uint8_t *pixels) {
  const size_t each = count ? count : taps.count;
  const float *weights = taps.weights.data();
  for (int64_t first : taps.first) {
    const float *value = line + first * 3;
    Channels sum = {0.5f, 0.5f, 0.5f, 0.5f};
    for (size_t tap = 0; tap < each; ++tap) {
      Channels values;
      std::memcpy(&values, value + 3 * tap, sizeof(values));
      sum += weights[tap] * values;
    }
    // Some filters have negative weights.
    Numbers numbers = __builtin_convertvector(sum, Numbers);
    numbers = numbers > 0 ? numbers : 0;
    numbers = numbers < 255 ? numbers : 255;
    const Bytes pixel = __builtin_convertvector(numbers, Bytes);
    std::memcpy(pixels, &pixel, sizeof(pixel));
    weights += each;
    pixels += 3;
  }
}

// A line of red, green and blue. Bilinear with a step up to 2 has five taps.
LATHE_FOR_EACH_CPU
void mix_colour_line(const float *line, const LineTaps &taps, uint8_t *pixels) {
  switch (taps.count) {
  case 2:
    return mix_colours<2>(line, taps, pixels);
  case 3:
    return mix_colours<3>(line, taps, pixels);
  case 4:
    return mix_colours<4>(line, taps, pixels);
  case 5:
    return mix_colours<5>(line, taps, pixels);
  default:
    return mix_colours<0>(line, taps, pixels);
  }
}

void mix_greys(const float *line, const LineTaps &taps, uint8_t *pixels) {
  const float *weight = taps.weights.data();
  for (int64_t first : taps.first) {
    const float *value = line + first;
    float sum = 0.5f;
    for (size_t tap = 0; tap < taps.count; ++tap)
      sum += *weight++ * *value++;
    *pixels++ = rounded(sum);
  }
}

// The whole picture, stretched.
void stretch(const Image &image, int64_t height, int64_t width, uint8_t *pixels,
             const ResizeRule &rule) {
  if (image.width == width && image.height == height) {
    std::memcpy(pixels, image.pixels.data(), image.pixels.size());
    return;
  }
  const size_t channels = size_t(image.channels),
               size = size_t(image.width) * channels,
               new_size = size_t(width) * channels;
  const LineTaps rows = line_taps(image.height, height, rule),
                 columns = line_taps(image.width, width, rule);
  // Taps that weigh nothing and the fourth channel reach beyond the lines.
  std::vector<float> line(size + columns.count * channels + most_channels);
  std::vector<uint8_t> new_line(new_size + most_channels);
  for (size_t row = 0; row < size_t(height); ++row) {
    const float *weights = &rows.weights[row * rows.count];
    size_t count = rows.count;
    while (weights[count - 1] == 0)
      --count;
    mix_lines(image.pixels.data() + size_t(rows.first[row]) * size, weights,
              count, size, line.data());
    if (channels == 1)
      mix_greys(line.data(), columns, new_line.data());
    else
      mix_colour_line(line.data(), columns, new_line.data());
    std::memcpy(pixels + row * new_size, new_line.data(), new_size);
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
