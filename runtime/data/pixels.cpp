// pixels.cpp: what the decoders of image_codecs.h share.
#include "runtime/data/image_codecs.h"
#include "runtime/error.h"

#include <algorithm>

namespace lathe {

void check_pixel_count(const EncodedImage &file, uint64_t height,
                       uint64_t width) {
  if (height == 0 || width == 0)
    fail("{}: byte 0: an image of {}x{} has no pixels", file.path, width,
         height);
  if (height > uint64_t(most_pixels) / width)
    fail("{}: byte 0: an image of {}x{} is too large", file.path, width,
         height);
}

namespace {

uint8_t covered(uint8_t colour, uint8_t background, uint8_t alpha) {
  return uint8_t((colour * alpha + background * (255 - alpha) + 127) / 255);
}

} // namespace

void convert_pixels(const uint8_t *from, int from_channels, size_t count,
                    uint8_t *to, int channels,
                    const PictureSettings &settings) {
  const bool has_colour = from_channels >= 3;
  const bool has_alpha = from_channels % 2 == 0 && settings.background;
  for (size_t i = 0; i < count; ++i, from += from_channels, to += channels) {
    uint8_t rgb[3];
    for (size_t c = 0; c < 3; ++c) {
      rgb[c] = from[has_colour ? c : 0];
      if (has_alpha)
        rgb[c] =
            covered(rgb[c], (*settings.background)[c], from[from_channels - 1]);
    }
    if (channels == 1)
      *to = grey(rgb);
    else
      std::copy(rgb, rgb + 3, to);
  }
}

} // namespace lathe
