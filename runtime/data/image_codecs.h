// image_codecs.h: compressed images as pixels, one library per file.
#pragma once

#include "runtime/data/image_file.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lathe {

// JPEG and PNG files with more pixels are shrunk while they are decoded, to at
// most `shrunk_pixels`; others are refused. And a file must be long enough to
// hold what its header promises: a hostile one must not make us allocate
// gigabytes.
constexpr int64_t most_pixels = int64_t(1) << 26;
constexpr int64_t shrunk_pixels = int64_t(1) << 24;

struct Image {
  int64_t height = 0, width = 0;
  int channels = 0;            // 1 (grey) or 3 (red, green, blue)
  std::vector<uint8_t> pixels; // row-major [height, width, channels]
  int orientation = 1;         // EXIF's: see exif.h

  void set_size(int64_t new_height, int64_t new_width, int new_channels) {
    height = new_height;
    width = new_width;
    channels = new_channels;
    pixels.resize(size_t(height * width * channels));
  }
};

// A file, and what is wanted of it.
struct EncodedImage {
  const std::string &path; // for messages
  const std::vector<uint8_t> &bytes;
  int channels; // of the result
  // A decoder that can shrink may deliver fewer pixels than there are, but at
  // least this many once the picture is upright.
  int64_t height, width;
  const PictureSettings &settings;
};

// Decodes into as many channels as are wanted, by convert_pixels. Each throws
// Error with the file and, where its library tells, the byte.
Image decode_jpeg(const EncodedImage &file);
Image decode_png(const EncodedImage &file);
Image decode_bmp(const EncodedImage &file);
Image decode_gif(const EncodedImage &file);
Image decode_webp(const EncodedImage &file);
Image decode_tiff(const EncodedImage &file);
Image decode_pnm(const EncodedImage &file);

// Throws Error for a picture of no pixels or of more than most_pixels.
void check_pixel_count(const EncodedImage &file, uint64_t height,
                       uint64_t width);

// Luma of ITU-R BT.601, as in JPEG; the weights add up to 256.
inline uint8_t grey(const uint8_t *p) {
  return uint8_t((77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8);
}

// `count` pixels of 1 (grey), 2 (grey, alpha), 3 or 4 channels as pixels of 1
// or 3. Alpha is how much of a pixel's colour covers the background; without a
// background it is dropped.
void convert_pixels(const uint8_t *from, int from_channels, size_t count,
                    uint8_t *to, int channels, const PictureSettings &settings);

} // namespace lathe
