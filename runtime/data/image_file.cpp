// image_file.cpp: see image_file.h. The only file that knows the image
// libraries.
#include "runtime/data/image_file.h"

#include "runtime/error.h"

#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

#include <cctype>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

namespace lathe {

namespace {

// Larger than any photograph, small enough to be decoded: what a hostile header
// may make us allocate.
constexpr int64_t largest_file = int64_t(1) << 28;
constexpr int64_t most_pixels = int64_t(1) << 26;

std::vector<uint8_t> read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  int64_t size = file ? int64_t(file.tellg()) : -1;
  if (size < 0 || size == std::numeric_limits<int64_t>::max())
    fail("{}: cannot be read: {}", path, std::strerror(errno));
  if (size == 0)
    fail("{}: byte 0: the file is empty", path);
  if (size > largest_file)
    fail("{}: is too large for an image file", path);
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char *>(bytes.data()), size);
  if (file.gcount() != size)
    fail("{}: byte {}: cannot be read", path, file.gcount());
  return bytes;
}

} // namespace

void read_image(const std::string &path, int64_t height, int64_t width,
                int64_t channels, uint8_t *pixels) {
  if (channels != 1 && channels != 3)
    fail("{}: image files have 1 or 3 channels, the model's input has {}", path,
         channels);
  std::vector<uint8_t> bytes = read_file(path);
  int file_width = 0, file_height = 0, file_channels = 0;
  if (!stbi_info_from_memory(bytes.data(), int(bytes.size()), &file_width,
                             &file_height, &file_channels))
    fail("{}: byte 0: is not a readable JPEG or PNG image", path);
  if (int64_t(file_width) * file_height > most_pixels)
    fail("{}: byte 0: an image of {}x{} is too large", path, file_width,
         file_height);
  std::unique_ptr<stbi_uc, void (*)(void *)> decoded(
      stbi_load_from_memory(bytes.data(), int(bytes.size()), &file_width,
                            &file_height, &file_channels, int(channels)),
      stbi_image_free);
  if (!decoded)
    fail("{}: damaged image of {} bytes: {}", path, bytes.size(),
         stbi_failure_reason());
  if (file_width == width && file_height == height) {
    std::memcpy(pixels, decoded.get(), size_t(width * height * channels));
    return;
  }
  if (!stbir_resize_uint8_generic(decoded.get(), file_width, file_height, 0,
                                  pixels, int(width), int(height), 0,
                                  int(channels), STBIR_ALPHA_CHANNEL_NONE, 0,
                                  STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE,
                                  STBIR_COLORSPACE_LINEAR, nullptr))
    fail("{}: not enough memory to resize it", path);
}

bool is_image_file(const std::string &name) {
  std::string lower;
  for (char c : name)
    lower += char(std::tolower(static_cast<unsigned char>(c)));
  for (const char *suffix : {".jpg", ".jpeg", ".png"})
    if (lower.size() > std::strlen(suffix) &&
        lower.compare(lower.size() - std::strlen(suffix), std::string::npos,
                      suffix) == 0)
      return true;
  return false;
}

} // namespace lathe
