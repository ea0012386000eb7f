// png.cpp: PNG files, by libpng.
#include "runtime/data/exif.h"
#include "runtime/data/image_codecs.h"

#include "runtime/data/input_file.h"
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
  const EncodedImage &file;
  size_t offset = 0;
  char message[200] = "";
  png_structp png;
  png_infop info;

  explicit PngReader(const EncodedImage &file) : file(file) {
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

  // False when it failed; `message` says why.
  bool read_pixels(Image &image);

private:
  int64_t shrink = 1;      // rows and columns that become one
  int stored_channels = 0; // alpha among them
  std::vector<uint8_t> row, converted;
  std::vector<uint32_t> sums;

  bool check_size(); // as read_pixels
  void choose_shrink();
  void read_shrunk(Image &image);
  void read_whole(Image &image, int passes);
  void read_orientation(Image &image);
  static void on_error(png_structp png, png_const_charp text) {
    auto *self = static_cast<PngReader *>(png_get_error_ptr(png));
    std::snprintf(self->message, sizeof(self->message), "%s", text);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void read(png_structp png, png_bytep data, size_t size) {
    auto *self = static_cast<PngReader *>(png_get_io_ptr(png));
    if (size > self->file.bytes.size() - self->offset) {
      self->offset = self->file.bytes.size();
      png_error(png, "the file is cut off");
    }
    std::memcpy(data, self->file.bytes.data() + self->offset, size);
    self->offset += size;
  }
};

bool PngReader::check_size() {
  const uint64_t size = uint64_t(png_get_rowbytes(png, info)) *
                        uint64_t(png_get_image_height(png, info));
  const bool fits = size / largest_deflate_ratio <= file.bytes.size();
  const bool interlaced =
      png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  if (fits && (shrink == 1 || !interlaced))
    return true;
  std::snprintf(message, sizeof(message), "an image of %ux%u %s",
                png_get_image_width(png, info), png_get_image_height(png, info),
                fits ? "is too large to be interlaced"
                     : "does not fit in this file");
  return false;
}

void PngReader::choose_shrink() {
  const int64_t width = png_get_image_width(png, info);
  const int64_t height = png_get_image_height(png, info);
  if (width * height <= most_pixels)
    return;
  while (width / shrink * (height / shrink) > shrunk_pixels)
    ++shrink;
}

// Each pixel becomes the mean of a square of them; what is left over on the
// right and below is dropped.
void PngReader::read_shrunk(Image &image) {
  const size_t width = png_get_image_width(png, info);
  const size_t channels = size_t(file.channels);
  image.set_size(png_get_image_height(png, info) / shrink,
                 int64_t(width) / shrink, file.channels);
  row.resize(png_get_rowbytes(png, info));
  converted.resize(width * channels);
  sums.resize(size_t(image.width) * channels);
  const auto square = uint32_t(shrink * shrink);
  for (int64_t y = 0; y < image.height; ++y) {
    std::fill(sums.begin(), sums.end(), square / 2);
    for (int64_t part = 0; part < shrink; ++part) {
      png_read_row(png, row.data(), nullptr);
      convert_pixels(row.data(), stored_channels, width, converted.data(),
                     file.channels, file.settings);
      for (int64_t x = 0; x < image.width * shrink; ++x)
        for (size_t c = 0; c < channels; ++c)
          sums[size_t(x / shrink) * channels + c] +=
              converted[size_t(x) * channels + c];
    }
    for (size_t i = 0; i < sums.size(); ++i)
      image.pixels[size_t(y) * sums.size() + i] = uint8_t(sums[i] / square);
  }
}

// Row by row, unless it is interlaced: then every pass goes over all of them.
void PngReader::read_whole(Image &image, int passes) {
  const int64_t height = png_get_image_height(png, info);
  const size_t width = png_get_image_width(png, info);
  const size_t row_size = png_get_rowbytes(png, info);
  image.set_size(height, int64_t(width), file.channels);
  const size_t converted_size = width * size_t(file.channels);
  row.resize(passes == 1 ? row_size : size_t(height) * row_size);
  for (int pass = 0; pass < passes; ++pass) {
    for (int64_t y = 0; y < height; ++y) {
      uint8_t *stored = row.data() + (passes == 1 ? 0 : size_t(y) * row_size);
      png_read_row(png, stored, nullptr);
      if (pass == passes - 1)
        convert_pixels(stored, stored_channels, width,
                       image.pixels.data() + size_t(y) * converted_size,
                       file.channels, file.settings);
    }
  }
}

void PngReader::read_orientation(Image &image) {
  png_bytep block = nullptr;
  png_uint_32 size = 0;
  if (png_get_eXIf_1(png, info, &size, &block))
    image.orientation = exif_orientation(block, size);
}

bool PngReader::read_pixels(Image &image) {
  if (setjmp(png_jmpbuf(png)))
    return false;
  png_set_read_fn(png, this, read);
  png_set_chunk_malloc_max(png, largest_chunk);
  png_read_info(png, info);
  choose_shrink();
  if (!check_size())
    return false;
  png_set_expand(png);
  png_set_scale_16(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  stored_channels = png_get_channels(png, info);
  if (shrink != 1)
    read_shrunk(image);
  else
    read_whole(image, passes);
  read_orientation(image);
  return true;
}

} // namespace

Image decode_png(const EncodedImage &file) {
  PngReader reader(file);
  Image image;
  if (!reader.read_pixels(image))
    fail("{}: byte {}: {}", file.path, reader.offset, reader.message);
  return image;
}

} // namespace lathe
