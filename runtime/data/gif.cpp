// gif.cpp: the first frame of GIF files, by giflib.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <algorithm>
#include <cstring>

#include <gif_lib.h>

namespace lathe {

namespace {

constexpr int no_colour = -1;
// A code of 12 bits stands for a string of at most 4096 pixels.
constexpr uint64_t largest_gif_ratio = 4096;

class GifReader {
public:
  explicit GifReader(const EncodedImage &file) : file_(file) {
    int error = 0;
    gif_ = DGifOpen(this, read, &error);
    if (!gif_)
      fail_with(error);
  }
  GifReader(const GifReader &) = delete;
  GifReader &operator=(const GifReader &) = delete;
  ~GifReader() {
    int error = 0;
    DGifCloseFile(gif_, &error);
  }

  Image read_first_frame();

private:
  const EncodedImage &file_;
  size_t offset_ = 0;
  GifFileType *gif_;
  int transparent_ = no_colour;  // of the next frame
  std::vector<uint8_t> palette_; // converted; 256 colours

  static int read(GifFileType *gif, GifByteType *data, int size) {
    auto *self = static_cast<GifReader *>(gif->UserData);
    const std::vector<uint8_t> &bytes = self->file_.bytes;
    const size_t n = std::min(size_t(size), bytes.size() - self->offset_);
    std::memcpy(data, bytes.data() + self->offset_, n);
    self->offset_ += n;
    return int(n);
  }
  [[noreturn]] void fail_with(int error) const {
    const char *text = GifErrorString(error);
    lathe::fail("{}: byte {}: a GIF file that cannot be read: {}", file_.path,
                offset_,
                offset_ == file_.bytes.size() ? "it is cut off"
                : text                        ? text
                                              : "it is damaged");
  }
  void check(int result) const {
    if (result == GIF_ERROR)
      fail_with(gif_->Error);
  }
  void read_extension();
  void convert_palette(const ColorMapObject *colours, int transparent);
  void fill_canvas(Image &image);
  void read_rows(Image &image);
};

// Of all extensions, one says which colour is transparent.
void GifReader::read_extension() {
  int code = 0;
  GifByteType *block = nullptr;
  check(DGifGetExtension(gif_, &code, &block));
  GraphicsControlBlock control;
  if (code == GRAPHICS_EXT_FUNC_CODE && block &&
      DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
    transparent_ = control.TransparentColor;
  while (block)
    check(DGifGetExtensionNext(gif_, &block));
}

// Numbers beyond the palette are black.
void GifReader::convert_palette(const ColorMapObject *colours,
                                int transparent) {
  uint8_t stored[256][4] = {};
  for (int i = 0; i < 256; ++i) {
    stored[i][3] = i == transparent ? 0 : 255;
    if (i >= colours->ColorCount)
      continue;
    stored[i][0] = colours->Colors[i].Red;
    stored[i][1] = colours->Colors[i].Green;
    stored[i][2] = colours->Colors[i].Blue;
  }
  palette_.resize(256 * size_t(file_.channels));
  convert_pixels(stored[0], 4, 256, palette_.data(), file_.channels,
                 file_.settings);
}

// What the frame leaves free is transparent, over the file's background.
void GifReader::fill_canvas(Image &image) {
  if (!gif_->SColorMap)
    return;
  convert_palette(gif_->SColorMap, gif_->SBackGroundColor);
  const uint8_t *colour =
      &palette_[size_t(gif_->SBackGroundColor) * size_t(image.channels)];
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = colour[i % size_t(image.channels)];
}

void GifReader::read_rows(Image &image) {
  const GifImageDesc &frame = gif_->Image;
  const ColorMapObject *colours =
      frame.ColorMap ? frame.ColorMap : gif_->SColorMap;
  if (!colours)
    lathe::fail("{}: byte {}: a GIF file without a palette", file_.path,
                offset_);
  convert_palette(colours, transparent_);
  // Interlaced: every eighth row, those between, and so on.
  struct Pass {
    int first, step;
  };
  const std::vector<Pass> passes =
      frame.Interlace ? std::vector<Pass>{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
                      : std::vector<Pass>{{0, 1}};
  const size_t channels = size_t(image.channels);
  std::vector<GifPixelType> row(size_t(frame.Width));
  for (const Pass &pass : passes) {
    for (int y = pass.first; y < frame.Height; y += pass.step) {
      check(DGifGetLine(gif_, row.data(), frame.Width));
      uint8_t *to =
          &image.pixels[size_t((frame.Top + y) * image.width + frame.Left) *
                        channels];
      for (GifPixelType number : row)
        to = std::copy_n(&palette_[number * channels], channels, to);
    }
  }
}

Image GifReader::read_first_frame() {
  for (GifRecordType record = UNDEFINED_RECORD_TYPE;;) {
    check(DGifGetRecordType(gif_, &record));
    if (record == EXTENSION_RECORD_TYPE)
      read_extension();
    else if (record == IMAGE_DESC_RECORD_TYPE)
      break;
    else
      lathe::fail("{}: byte {}: a GIF file without a picture", file_.path,
                  offset_);
  }
  check(DGifGetImageDesc(gif_));
  const GifImageDesc &frame = gif_->Image;
  const int64_t width = std::max(gif_->SWidth, frame.Left + frame.Width);
  const int64_t height = std::max(gif_->SHeight, frame.Top + frame.Height);
  check_pixel_count(file_, uint64_t(height), uint64_t(width));
  check_pixel_count(file_, uint64_t(frame.Height), uint64_t(frame.Width));
  if (uint64_t(frame.Height) * uint64_t(frame.Width) / largest_gif_ratio >
      file_.bytes.size())
    lathe::fail("{}: byte {}: an image of {}x{} does not fit in this file",
                file_.path, offset_, frame.Width, frame.Height);
  Image image;
  image.set_size(height, width, file_.channels);
  fill_canvas(image);
  read_rows(image);
  return image;
}

} // namespace

Image decode_gif(const EncodedImage &file) {
  return GifReader(file).read_first_frame();
}

} // namespace lathe
