// image_file.h: JPEG and PNG files as pixels.
#pragma once

#include <cstdint>
#include <string>

namespace lathe {

// Decodes the file, converts it to 1 channel (grey) or 3 (red, green, blue),
// resizes it bilinearly (with the filter widened when shrinking, so that every
// pixel counts) and rounds: uint8[height, width, channels] at `pixels`. Throws
// Error.
void read_image(const std::string &path, int64_t height, int64_t width,
                int64_t channels, uint8_t *pixels);

} // namespace lathe
