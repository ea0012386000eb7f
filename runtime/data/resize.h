// resize.h: pictures in another size.
#pragma once

#include "runtime/data/image_codecs.h"

#include <cstdint>
#include <vector>

namespace lathe {

// A pixel of a resized line: the weighted mean of those of the original from
// `first` on. The weights add up to 1.
struct Taps {
  int64_t first = 0;
  std::vector<float> weights;
};

// Pixel number `pixel` when a line of `from` pixels gets `to`: bilinear, with
// half-pixel centres, and a triangle as wide as the step when shrinking, so
// that every pixel counts. Beyond an end, the last pixel goes on.
Taps resize_taps(int64_t from, int64_t to, int64_t pixel);

// uint8[height, width, channels] at `pixels`, rounded to nearest.
void resize(const Image &image, int64_t height, int64_t width, uint8_t *pixels);

} // namespace lathe
