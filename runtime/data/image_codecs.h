// image_codecs.h: compressed images as pixels, one library per file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lathe {

// Larger than any photograph, small enough to be decoded: what a hostile header
// may make us allocate.
constexpr int64_t most_pixels = int64_t(1) << 26;

struct Image {
  int64_t height = 0, width = 0;
  int channels = 0;            // 1 (grey) or 3 (red, green, blue)
  std::vector<uint8_t> pixels; // row-major [height, width, channels]
};

// Decodes `bytes`, the contents of `path`, into as many channels as are wanted.
// Transparency is dropped. Throws Error with the file and the byte.
Image decode_jpeg(const std::string &path, const std::vector<uint8_t> &bytes,
                  int channels);
Image decode_png(const std::string &path, const std::vector<uint8_t> &bytes,
                 int channels);

} // namespace lathe
