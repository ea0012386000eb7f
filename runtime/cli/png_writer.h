// png_writer.h: pictures that a command makes.
#pragma once

#include <cstdint>
#include <vector>

namespace lathe {

// [height, width, channels] of 1 or 3 channels, row by row.
struct Picture {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> values;
};

// The bytes of a PNG file. Throws Error.
std::vector<uint8_t> encode_png(const Picture &picture);

} // namespace lathe
