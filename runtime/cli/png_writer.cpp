// png_writer.cpp: see png_writer.h.
#include "runtime/cli/png_writer.h"

#include "runtime/error.h"

#include <png.h>

namespace lathe {

std::vector<uint8_t> encode_png(const Picture &picture) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.height = png_uint_32(picture.height);
  image.width = png_uint_32(picture.width);
  image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::vector<uint8_t> bytes;
  for (int pass = 0; pass < 2; ++pass) { // how long it is, and what it is
    bytes.resize(size);
    if (!png_image_write_to_memory(&image, pass ? bytes.data() : nullptr, &size,
                                   0, picture.values.data(), 0, nullptr))
      fail("a picture cannot be encoded: {}", image.message);
  }
  bytes.resize(size);
  return bytes;
}

} // namespace lathe
