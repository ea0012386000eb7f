// image_file.h: picture files as pixels.
#pragma once

#include "runtime/data/resize_rule.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lathe {

// How a file becomes a picture, in training and in prediction alike.
struct PictureSettings {
  // Turned upright as its EXIF block says, or TIFF's own tag.
  bool exif = true;
  // Red, green and blue behind transparent pixels. Without one, transparency
  // is dropped and each pixel has the colour that is stored, as in Keras and
  // PIL.
  std::optional<std::array<uint8_t, 3>> background;
  // How it gets the model's height and width.
  ResizeRule resize;
};

// A picture as its file has it.
struct StoredPicture {
  std::string kind;              // "JPEG"
  std::string mode;              // "RGB"; "" where the header is not looked at
  int64_t height = 0, width = 0; // upright
};

// Decodes the file, converts it to 1 channel (grey) or 3 (red, green, blue),
// resizes it as the settings say and rounds: uint8[height, width, channels] at
// `pixels`. Says
// what was stored, too, where it is asked. Throws Error.
void read_image(const std::string &path, int64_t height, int64_t width,
                int64_t channels, uint8_t *pixels,
                const PictureSettings &settings = {},
                StoredPicture *stored = nullptr);

// The same of `bytes`, what the file holds.
void read_image(const std::string &path, const std::vector<uint8_t> &bytes,
                int64_t height, int64_t width, int64_t channels,
                uint8_t *pixels, const PictureSettings &settings,
                StoredPicture *stored = nullptr);

} // namespace lathe
