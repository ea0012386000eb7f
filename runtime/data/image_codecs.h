// image_codecs.h: compressed images as pixels, one library per file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lathe {

// Pictures with more pixels are shrunk while they are decoded, to at most
// `shrunk_pixels`, and a file must be long enough to hold what its header
// promises: a hostile one must not make us allocate gigabytes.
constexpr int64_t most_pixels = int64_t(1) << 26;
constexpr int64_t shrunk_pixels = int64_t(1) << 24;

struct Image {
  int64_t height = 0, width = 0;
  int channels = 0;            // 1 (grey) or 3 (red, green, blue)
  std::vector<uint8_t> pixels; // row-major [height, width, channels]
};

// Luma of ITU-R BT.601, as in JPEG; the weights add up to 256.
inline uint8_t grey(const uint8_t *p) {
  return uint8_t((77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8);
}

// Decodes `bytes`, the contents of `path`, into as many channels as are wanted.
// Transparency is dropped. Throws Error with the file and the byte.
Image decode_jpeg(const std::string &path, const std::vector<uint8_t> &bytes,
                  int channels);
Image decode_png(const std::string &path, const std::vector<uint8_t> &bytes,
                 int channels);

} // namespace lathe
