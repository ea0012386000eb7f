// pnm.cpp: Netpbm's PBM, PGM and PPM: numbers, or their digits, behind a
// header. There is nothing to decode; the library that there is ends the
// program on errors.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <cctype>

namespace lathe {

namespace {

class PnmReader {
public:
  explicit PnmReader(const EncodedImage &file)
      : file_(file), format_(file.bytes[1] - '0') {}

  Image read();

private:
  const EncodedImage &file_;
  const int format_; // 1 to 3: text, 4 to 6: binary; bits, grey, colour
  size_t offset_ = 2;
  uint32_t largest_ = 1;

  bool is_bits() const { return format_ == 1 || format_ == 4; }
  bool is_text() const { return format_ <= 3; }
  int channels() const { return format_ == 3 || format_ == 6 ? 3 : 1; }

  [[noreturn]] void fail_here(const std::string &message) const {
    lathe::fail("{}: byte {}: {}", file_.path, offset_, message);
  }
  uint8_t next(const char *what) {
    if (offset_ == file_.bytes.size())
      fail_here(fmt::format("the file ends inside of {}", what));
    return file_.bytes[offset_++];
  }
  // Behind white space and comments.
  uint8_t next_digit(const char *what);
  uint32_t read_number(const char *what);
  void check_size(int64_t height, int64_t width) const;
  uint32_t read_value();
  void read_bits(Image &image);
  uint8_t scale(uint32_t value) const {
    if (value > largest_)
      fail_here(fmt::format("the value {} is above the largest, {}", value,
                            largest_));
    return uint8_t((value * 255 + largest_ / 2) / largest_);
  }
};

uint8_t PnmReader::next_digit(const char *what) {
  for (;;) {
    const uint8_t byte = next(what);
    if (std::isdigit(byte))
      return byte;
    if (byte == '#')
      while (next(what) != '\n') {
      }
    else if (!std::isspace(byte)) {
      --offset_;
      fail_here(fmt::format("expected a number, {}", what));
    }
  }
}

uint32_t PnmReader::read_number(const char *what) {
  uint32_t number = next_digit(what) - uint32_t('0');
  while (offset_ < file_.bytes.size() && std::isdigit(file_.bytes[offset_])) {
    number = number * 10 + file_.bytes[offset_++] - '0';
    if (number > 100000000)
      fail_here(fmt::format("{} is too large", what));
  }
  return number;
}

// Text has a digit for each value, and between two of them a space but where
// they are bits.
void PnmReader::check_size(int64_t height, int64_t width) const {
  check_pixel_count(file_, uint64_t(height), uint64_t(width));
  const int64_t row = width * channels();
  int64_t needed = row * height;
  if (format_ == 4)
    needed = (row + 7) / 8 * height;
  else if (is_text())
    needed = is_bits() ? needed : needed * 2 - 1;
  else if (largest_ > 255)
    needed *= 2;
  if (needed > int64_t(file_.bytes.size() - offset_))
    lathe::fail("{}: byte {}: the file is cut off: {} bytes of pixels need {}",
                file_.path, file_.bytes.size(), file_.bytes.size() - offset_,
                needed);
}

uint32_t PnmReader::read_value() {
  if (format_ == 1)
    return next_digit("the pixels") - uint32_t('0');
  if (is_text())
    return read_number("the pixels");
  const uint32_t first = next("the pixels");
  return largest_ > 255 ? first << 8 | next("the pixels") : first;
}

// Eight to a byte; rows begin anew.
void PnmReader::read_bits(Image &image) {
  uint8_t *to = image.pixels.data();
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t byte = 0;
    for (int64_t x = 0; x < image.width; ++x) {
      if (x % 8 == 0)
        byte = next("the pixels");
      *to++ = byte >> (7 - x % 8) & 1 ? 0 : 255;
    }
  }
}

Image PnmReader::read() {
  const int64_t width = read_number("the width");
  const int64_t height = read_number("the height");
  if (!is_bits()) {
    largest_ = read_number("the largest value");
    if (largest_ < 1 || largest_ > 65535)
      fail_here("the largest value must be from 1 to 65535");
  }
  if (!is_text() && !std::isspace(next("the header")))
    fail_here("expected a space before the pixels");
  check_size(height, width);
  Image image;
  image.set_size(height, width, channels());
  if (format_ == 4) {
    read_bits(image);
    return image;
  }
  for (uint8_t &pixel : image.pixels) {
    pixel = scale(read_value());
    if (is_bits())
      pixel = uint8_t(255 - pixel); // 1 is black
  }
  return image;
}

} // namespace

Image decode_pnm(const EncodedImage &file) {
  Image image = PnmReader(file).read();
  if (image.channels == file.channels)
    return image;
  Image converted;
  converted.set_size(image.height, image.width, file.channels);
  convert_pixels(image.pixels.data(), image.channels,
                 size_t(image.height * image.width), converted.pixels.data(),
                 file.channels, file.settings);
  return converted;
}

} // namespace lathe
