// tiff.cpp: the first page of TIFF files, by libtiff.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include <tiffio.h>

namespace lathe {

namespace {

// What libtiff may allocate at once: a strip of the largest picture.
constexpr tmsize_t largest_allocation = tmsize_t(8) * most_pixels;

// A file in memory, as libtiff's functions.
struct TiffSource {
  const std::vector<uint8_t> &bytes;
  uint64_t offset = 0;
  char message[200] = "";

  static TiffSource *from(thandle_t handle) {
    return static_cast<TiffSource *>(handle);
  }
  static tmsize_t read(thandle_t handle, void *data, tmsize_t size) {
    TiffSource *self = from(handle);
    const uint64_t begin = std::min<uint64_t>(self->offset, self->bytes.size());
    const size_t n =
        size_t(std::min<uint64_t>(uint64_t(size), self->bytes.size() - begin));
    std::memcpy(data, self->bytes.data() + begin, n);
    self->offset = begin + n;
    return tmsize_t(n);
  }
  static tmsize_t write(thandle_t, void *, tmsize_t) { return -1; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    TiffSource *self = from(handle);
    if (whence == SEEK_CUR)
      offset += self->offset;
    else if (whence == SEEK_END)
      offset += self->bytes.size();
    return self->offset = offset;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return from(handle)->bytes.size(); }

  // The first one says most.
  static int on_error(TIFF *, void *self, const char *, const char *format,
                      va_list arguments) {
    auto *source = static_cast<TiffSource *>(self);
    if (!source->message[0])
      std::vsnprintf(source->message, sizeof(source->message), format,
                     arguments);
    return 1;
  }
  static int on_warning(TIFF *, void *, const char *, const char *, va_list) {
    return 1;
  }
};

using TiffFile = std::unique_ptr<TIFF, void (*)(TIFF *)>;

TiffFile open_tiff(const EncodedImage &file, TiffSource &source) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions *)> options(
      TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), largest_allocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), TiffSource::on_error,
                                     &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), TiffSource::on_warning,
                                       &source);
  // m: not mapped
  return TiffFile(
      TIFFClientOpenExt(file.path.c_str(), "rm", &source, TiffSource::read,
                        TiffSource::write, TiffSource::seek, TiffSource::close,
                        TiffSource::size, nullptr, nullptr, options.get()),
      TIFFClose);
}

// True when a file of `size` bytes can hold the page.
bool fits(TIFF *tiff, uint16_t compression, uint64_t height, size_t size) {
  const uint64_t pixels = TIFFScanlineSize64(tiff) * height;
  switch (compression) {
  case COMPRESSION_NONE:
    return pixels <= size;
  case COMPRESSION_CCITTRLE:
  case COMPRESSION_CCITTFAX3:
  case COMPRESSION_CCITTFAX4: // a bit for a row that is like the one above
    return height / 8 <= size;
  default: // a code of LZW stands for at most 4096 bytes; others are less dense
    return pixels / 4096 <= size;
  }
}

// libtiff multiplies colours by alpha that does not say that it was multiplied
// already. This keeps them as they are stored.
void keep_colours(TIFF *tiff) {
  uint16_t count = 0, *kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  if (count == 0 || kinds[0] != EXTRASAMPLE_UNASSALPHA)
    return;
  std::vector<uint16_t> stored(kinds, kinds + count);
  stored[0] = EXTRASAMPLE_ASSOCALPHA;
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, count, stored.data());
}

// The whole page as red, green, blue and alpha, as it is stored. False when it
// failed.
bool read_page(TIFF *tiff, std::vector<uint32_t> &raster, char *message) {
  TIFFRGBAImage page;
  if (!TIFFRGBAImageBegin(&page, tiff, /*stop at errors=*/1, message))
    return false;
  page.orientation = page.req_orientation = ORIENTATION_TOPLEFT;
  raster.resize(size_t(page.width) * page.height);
  const bool is_read =
      TIFFRGBAImageGet(&page, raster.data(), page.width, page.height) != 0;
  TIFFRGBAImageEnd(&page);
  return is_read;
}

} // namespace

Image decode_tiff(const EncodedImage &file) {
  TiffSource source = {file.bytes};
  auto check = [&](bool good) {
    if (!good)
      fail("{}: byte {}: a TIFF file that cannot be read: {}", file.path,
           std::min<uint64_t>(source.offset, file.bytes.size()),
           source.message[0] ? source.message : "it is damaged");
  };
  const TiffFile tiff = open_tiff(file, source);
  check(tiff != nullptr);
  uint32_t width = 0, height = 0;
  check(TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width) &&
        TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height));
  check_pixel_count(file, height, width);
  uint16_t compression = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_COMPRESSION, &compression);
  if (!TIFFIsCODECConfigured(compression))
    fail("{}: byte 0: TIFF files of compression {} are not read", file.path,
         compression);
  if (!fits(tiff.get(), compression, height, file.bytes.size()))
    fail("{}: byte 0: an image of {}x{} does not fit in this file", file.path,
         width, height);
  uint16_t orientation = 1;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  keep_colours(tiff.get());

  std::vector<uint32_t> raster;
  char message[1024] = "";
  const bool is_read = read_page(tiff.get(), raster, message);
  if (!is_read && !source.message[0])
    std::snprintf(source.message, sizeof(source.message), "%.190s", message);
  check(is_read);
  for (uint32_t &pixel : raster) { // in the order of bytes of any machine
    const uint8_t bytes[4] = {uint8_t(pixel), uint8_t(pixel >> 8),
                              uint8_t(pixel >> 16), uint8_t(pixel >> 24)};
    std::memcpy(&pixel, bytes, 4);
  }
  Image image;
  if (orientation >= 1 && orientation <= 8)
    image.orientation = orientation;
  image.set_size(height, width, file.channels);
  convert_pixels(reinterpret_cast<const uint8_t *>(raster.data()), 4,
                 raster.size(), image.pixels.data(), file.channels,
                 file.settings);
  return image;
}

} // namespace lathe
