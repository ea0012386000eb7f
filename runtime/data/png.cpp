// png.cpp: PNG files, by libpng.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <png.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>

namespace lathe {

namespace {

// What texts and profiles in a file may make libpng allocate.
constexpr png_alloc_size_t largest_chunk = 8 << 20;

// libpng's structures and ours around them. Its errors leave by longjmp, which
// runs no destructors: read_pixels has no objects that need them.
struct PngReader {
  const std::vector<uint8_t> &bytes;
  size_t offset = 0;
  char message[200] = "";
  png_structp png;
  png_infop info;

  explicit PngReader(const std::vector<uint8_t> &bytes) : bytes(bytes) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error,
                                 on_warning);
    info = png ? png_create_info_struct(png) : nullptr;
    if (!info) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  PngReader(const PngReader &) = delete;
  PngReader &operator=(const PngReader &) = delete;
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }

  // Grey stays grey here, everything else becomes red, green and blue. False
  // when it failed; `message` says why.
  bool read_pixels(Image &image);

private:
  static void on_error(png_structp png, png_const_charp text) {
    auto *self = static_cast<PngReader *>(png_get_error_ptr(png));
    std::snprintf(self->message, sizeof(self->message), "%s", text);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void read(png_structp png, png_bytep data, size_t size) {
    auto *self = static_cast<PngReader *>(png_get_io_ptr(png));
    if (size > self->bytes.size() - self->offset) {
      self->offset = self->bytes.size();
      png_error(png, "the file is cut off");
    }
    std::memcpy(data, self->bytes.data() + self->offset, size);
    self->offset += size;
  }
};

bool PngReader::read_pixels(Image &image) {
  if (setjmp(png_jmpbuf(png)))
    return false;
  png_set_read_fn(png, this, read);
  png_set_chunk_malloc_max(png, largest_chunk);
  png_read_info(png, info);
  image.height = png_get_image_height(png, info);
  image.width = png_get_image_width(png, info);
  if (image.width > most_pixels / image.height) {
    std::snprintf(message, sizeof(message), "an image of %ldx%ld is too large",
                  long(image.width), long(image.height));
    return false;
  }
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  image.channels = png_get_channels(png, info);
  size_t row_size = png_get_rowbytes(png, info);
  image.pixels.resize(size_t(image.height) * row_size);
  for (int pass = 0; pass < passes; ++pass)
    for (int64_t row = 0; row < image.height; ++row)
      png_read_row(png, image.pixels.data() + size_t(row) * row_size, nullptr);
  return true;
}

// Luma of ITU-R BT.601, as in JPEG; the weights add up to 256.
uint8_t grey(const uint8_t *p) {
  return uint8_t((77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8);
}

} // namespace

Image decode_png(const std::string &path, const std::vector<uint8_t> &bytes,
                 int channels) {
  PngReader reader(bytes);
  Image image;
  if (!reader.read_pixels(image))
    fail("{}: byte {}: {}", path, reader.offset, reader.message);
  if (image.channels == channels)
    return image;
  Image converted;
  converted.height = image.height;
  converted.width = image.width;
  converted.channels = channels;
  converted.pixels.resize(size_t(image.height * image.width * channels));
  for (size_t i = 0; i < size_t(image.height * image.width); ++i) {
    if (channels == 1)
      converted.pixels[i] = grey(&image.pixels[3 * i]);
    else
      std::fill_n(&converted.pixels[3 * i], 3, image.pixels[i]);
  }
  return converted;
}

} // namespace lathe
