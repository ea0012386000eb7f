// image_file.cpp: see image_file.h.
#include "runtime/data/image_file.h"

#include "runtime/data/exif.h"
#include "runtime/data/image_codecs.h"
#include "runtime/data/image_kinds.h"
#include "runtime/data/picture_header.h"
#include "runtime/data/resize.h"
#include "runtime/error.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

namespace lathe {

namespace {

constexpr int64_t largest_file = int64_t(1) << 28;

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

// By what it holds; names are often wrong.
const ImageKind &readable_kind_of(const EncodedImage &file) {
  const ImageKind *kind = kind_of(file.bytes.data(), file.bytes.size());
  if (!kind)
    fail("{}: byte 0: holds no picture ({})", file.path, readable_kinds());
  if (!kind->decode)
    fail("{}: byte 0: {} pictures are not read; those that are: {}", file.path,
         kind->name, readable_kinds());
  return *kind;
}

// The decoder may have shrunk it: the header knows better.
void describe(const EncodedImage &file, const ImageKind &kind,
              const Image &image, StoredPicture &stored) {
  stored = {kind.name, "", image.height, image.width};
  read_picture_header(file.bytes, stored);
  if (file.settings.exif && is_quarter_turn(image.orientation))
    std::swap(stored.height, stored.width);
}

// Resized and upright.
void finish(Image &image, int64_t height, int64_t width, uint8_t *pixels,
            const PictureSettings &settings) {
  uint8_t border[3] = {};
  if (settings.background)
    convert_pixels(settings.background->data(), 3, 1, border, image.channels,
                   settings);
  const int orientation = settings.exif ? image.orientation : 1;
  const bool is_turned = is_quarter_turn(orientation);
  if (orientation != 1 && settings.resize.fit != Fit::Stretch) {
    // What is cut off depends on where it is.
    Image upright;
    upright.set_size(is_turned ? image.width : image.height,
                     is_turned ? image.height : image.width, image.channels);
    turn_upright(image.pixels.data(), orientation, upright.height,
                 upright.width, image.channels, upright.pixels.data());
    resize(upright, height, width, pixels, settings.resize, border);
    return;
  }
  if (orientation == 1) {
    resize(image, height, width, pixels, settings.resize, border);
    return;
  }
  // The smaller picture is quicker to turn.
  std::vector<uint8_t> unturned(size_t(height * width * image.channels));
  resize(image, is_turned ? width : height, is_turned ? height : width,
         unturned.data(), settings.resize);
  turn_upright(unturned.data(), orientation, height, width, image.channels,
               pixels);
}

} // namespace

void read_image(const std::string &path, int64_t height, int64_t width,
                int64_t channels, uint8_t *pixels,
                const PictureSettings &settings, StoredPicture *stored) {
  read_image(path, read_file(path), height, width, channels, pixels, settings,
             stored);
}

void read_image(const std::string &path, const std::vector<uint8_t> &bytes,
                int64_t height, int64_t width, int64_t channels,
                uint8_t *pixels, const PictureSettings &settings,
                StoredPicture *stored) {
  if (channels != 1 && channels != 3)
    fail("{}: image files have 1 or 3 channels, the model's input has {}", path,
         channels);
  const DecodedSize wanted = decoded_size(height, width, settings.resize);
  const EncodedImage file = {path,          bytes,        int(channels),
                             wanted.height, wanted.width, settings};
  const ImageKind &kind = readable_kind_of(file);
  Image image = kind.decode(file);
  if (stored)
    describe(file, kind, image, *stored);
  finish(image, height, width, pixels, settings);
}

} // namespace lathe
