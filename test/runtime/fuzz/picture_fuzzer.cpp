// picture_fuzzer.cpp: whatever a picture file holds, it is read or is one
// error that names it.
#include "runtime/data/image_file.h"
#include "runtime/error.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::vector<uint8_t> bytes(data, data + size);
  lathe::PictureSettings settings;
  settings.exif = size % 2;
  if (size % 3 == 0)
    settings.background = {10, 20, 30};
  const int64_t channels = size % 5 ? 3 : 1;
  std::vector<uint8_t> pixels(size_t(7 * 5 * channels));
  try {
    lathe::read_image("NAME", bytes, 7, 5, channels, pixels.data(), settings);
  } catch (const lathe::Error &error) {
    if (std::string(error.what()).find("NAME: byte ") != 0)
      std::abort();
  }
  return 0;
}
