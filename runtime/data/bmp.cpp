// bmp.cpp: BMP files, by stb_image.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace lathe {

namespace {

// stb_image reads zeros beyond the end of a file; we remember that it did.
struct BmpSource {
  const std::vector<uint8_t> &bytes;
  size_t offset = 0;
  bool is_cut_off = false;

  static int read(void *user, char *data, int size) {
    auto *self = static_cast<BmpSource *>(user);
    const size_t n = std::min(size_t(size), self->bytes.size() - self->offset);
    std::memcpy(data, self->bytes.data() + self->offset, n);
    self->offset += n;
    self->is_cut_off |= n == 0;
    return int(n);
  }
  static void skip(void *user, int n) {
    auto *self = static_cast<BmpSource *>(user);
    self->offset = size_t(std::clamp<int64_t>(int64_t(self->offset) + n, 0,
                                              int64_t(self->bytes.size())));
  }
  static int is_at_end(void *user) {
    auto *self = static_cast<BmpSource *>(user);
    return self->offset == self->bytes.size();
  }
};
constexpr stbi_io_callbacks callbacks = {BmpSource::read, BmpSource::skip,
                                         BmpSource::is_at_end};

uint32_t little_endian(const std::vector<uint8_t> &bytes, size_t offset,
                       size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value |= uint32_t(bytes[offset + i]) << 8 * i;
  return value;
}

// A palette may have fewer colours than there are numbers, and stb_image looks
// up the others where nothing is: they become black.
std::vector<uint8_t> with_whole_palette(const std::vector<uint8_t> &bytes) {
  constexpr size_t pixels_offset = 10, header = 14;
  if (bytes.size() < header + 40)
    return bytes;
  const size_t header_size = little_endian(bytes, header, 4);
  const size_t bits = little_endian(bytes, header_size == 12 ? 24 : 28, 2);
  const size_t pixels = little_endian(bytes, pixels_offset, 4);
  const size_t palette = header + header_size;
  if (bits > 8 || palette > pixels || pixels > bytes.size())
    return bytes;
  const size_t whole = (size_t(1) << bits) * (header_size == 12 ? 3 : 4);
  if (pixels == palette || pixels - palette >= whole)
    return bytes;
  std::vector<uint8_t> longer(bytes);
  longer.insert(longer.begin() + int64_t(pixels), whole - (pixels - palette),
                0);
  for (size_t i = 0; i < 4; ++i)
    longer[pixels_offset + i] = uint8_t((palette + whole) >> 8 * i);
  return longer;
}

[[noreturn]] void fail_by_reason(const EncodedImage &file,
                                 const BmpSource &source) {
  const char *reason = stbi_failure_reason();
  constexpr size_t compression = 30;
  if (file.bytes.size() >= compression + 4 && file.bytes[14] >= 40 &&
      little_endian(file.bytes, compression, 4) % 3 != 0)
    reason = "it is compressed";
  fail("{}: byte {}: a BMP file that cannot be read: {}", file.path,
       source.offset, source.is_cut_off ? "it is cut off" : reason);
}

} // namespace

Image decode_bmp(const EncodedImage &file) {
  const std::vector<uint8_t> bytes = with_whole_palette(file.bytes);
  int width = 0, height = 0, channels = 0;
  BmpSource header = {bytes};
  if (!stbi_info_from_callbacks(&callbacks, &header, &width, &height,
                                &channels) ||
      header.is_cut_off)
    fail_by_reason(file, header);
  const auto rows = uint64_t(std::abs(int64_t(height))); // negative: top-down
  check_pixel_count(file, rows, uint64_t(uint32_t(width)));
  if (rows * uint64_t(width) / 8 > bytes.size()) // a bit each
    fail("{}: byte 0: an image of {}x{} does not fit in this file", file.path,
         width, rows);
  BmpSource source = {bytes};
  const std::unique_ptr<stbi_uc, void (*)(void *)> pixels(
      stbi_load_from_callbacks(&callbacks, &source, &width, &height, &channels,
                               0),
      stbi_image_free);
  if (!pixels || source.is_cut_off)
    fail_by_reason(file, source);
  Image image;
  image.set_size(height, width, file.channels);
  convert_pixels(pixels.get(), channels, size_t(height) * size_t(width),
                 image.pixels.data(), file.channels, file.settings);
  return image;
}

} // namespace lathe
