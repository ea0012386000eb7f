// resize.h: pictures in another size.
#pragma once

#include "runtime/data/image_codecs.h"
#include "runtime/data/resize_rule.h"

#include <cstdint>
#include <vector>

namespace lathe {

// A pixel of a resized line: the weighted mean of those of the original from
// `first` on. The weights add up to 1.
struct Taps {
  int64_t first = 0;
  std::vector<float> weights;
};

// Pixel number `pixel` when a line of `from` pixels gets `to`, with half-pixel
// centres. Bilinear: a triangle, as wide as the step when shrinking; beyond an
// end, the last pixel goes on. Bicubic (Keys 1981, a = -1/2) and Lanczos's
// filters likewise, but pixels that do not exist have no weight, as in Keras
// and PIL. Area: what the pixel covers.
Taps resize_taps(int64_t from, int64_t to, int64_t pixel,
                 const ResizeRule &rule = {});

// uint8[height, width, channels] at `pixels`, rounded to nearest. The border of
// Fit::Pad is black unless there is a colour for it.
void resize(const Image &image, int64_t height, int64_t width, uint8_t *pixels,
            const ResizeRule &rule = {}, const uint8_t *border = nullptr);

// The size that a decoder has to deliver at least, for this size.
struct DecodedSize {
  int64_t height, width;
};
DecodedSize decoded_size(int64_t height, int64_t width, const ResizeRule &rule);

} // namespace lathe
