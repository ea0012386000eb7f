// exif.cpp: see exif.h.
#include "runtime/data/exif.h"

#include <algorithm>
#include <cstring>

namespace lathe {

namespace {

constexpr uint16_t orientation_tag = 0x112, short_type = 3;
constexpr size_t entry_size = 12;

// A TIFF header and the first of its folders.
struct ExifBlock {
  const uint8_t *bytes;
  size_t size;
  bool big_endian;

  bool holds(uint64_t offset, uint64_t count) const {
    return offset <= size && count <= size - offset;
  }
  uint16_t short_at(size_t offset) const {
    const unsigned first = bytes[offset], second = bytes[offset + 1];
    return uint16_t(big_endian ? first << 8 | second : second << 8 | first);
  }
  uint32_t long_at(size_t offset) const {
    const uint32_t first = short_at(offset), second = short_at(offset + 2);
    return big_endian ? first << 16 | second : second << 16 | first;
  }
};

} // namespace

int exif_orientation(const uint8_t *bytes, size_t size) {
  const char prefix[] = "Exif\0"; // of JPEG files, and of some others
  if (size >= sizeof(prefix) && !std::memcmp(bytes, prefix, sizeof(prefix))) {
    bytes += sizeof(prefix);
    size -= sizeof(prefix);
  }
  ExifBlock block = {bytes, size, false};
  if (!block.holds(0, 8))
    return 1;
  block.big_endian = std::memcmp(bytes, "MM\0*", 4) == 0;
  if (!block.big_endian && std::memcmp(bytes, "II*\0", 4) != 0)
    return 1;
  const size_t folder = block.long_at(4);
  if (!block.holds(folder, 2))
    return 1;
  const size_t entries = block.short_at(folder);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = folder + 2 + i * entry_size;
    if (!block.holds(entry, entry_size))
      return 1;
    if (block.short_at(entry) != orientation_tag)
      continue;
    const int orientation = block.short_at(entry + 8);
    return block.short_at(entry + 2) == short_type && orientation >= 1 &&
                   orientation <= 8
               ? orientation
               : 1;
  }
  return 1;
}

void turn_upright(const uint8_t *stored, int orientation, int64_t height,
                  int64_t width, int64_t channels, uint8_t *pixels) {
  // Where the stored picture's first row and column end up.
  const bool turned = is_quarter_turn(orientation);
  const bool from_bottom = orientation == 3 || orientation == 4 ||
                           orientation == 7 || orientation == 8;
  const bool from_right = orientation == 2 || orientation == 3 ||
                          orientation == 6 || orientation == 7;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t row = from_bottom ? height - 1 - y : y;
      const int64_t column = from_right ? width - 1 - x : x;
      const int64_t place =
          turned ? column * height + row : row * width + column;
      std::copy_n(stored + place * channels, channels, pixels);
      pixels += channels;
    }
  }
}

} // namespace lathe
