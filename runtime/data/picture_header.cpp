// picture_header.cpp: see picture_header.h.
#include "runtime/data/picture_header.h"

#include <cstring>

namespace lathe {

namespace {

using Bytes = std::vector<uint8_t>;

// Big-endian; 0 beyond the end.
uint32_t number(const Bytes &bytes, size_t offset, size_t size) {
  if (offset + size > bytes.size())
    return 0;
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value = value << 8 | bytes[offset + i];
  return value;
}

// The segments' lengths lead to the frame's, which begins with its size.
void read_jpeg(const Bytes &bytes, StoredPicture &stored) {
  for (size_t at = 2; at + 4 <= bytes.size();) {
    if (bytes[at] != 0xff || bytes[at + 1] == 0xff) { // fill bytes
      ++at;
      continue;
    }
    const uint8_t marker = bytes[at + 1];
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
                          marker != 0xc8 && marker != 0xcc;
    if (!is_frame) {
      at += 2 + number(bytes, at + 2, 2);
      continue;
    }
    const uint32_t components = number(bytes, at + 9, 1);
    stored.mode = components == 1   ? "grey"
                  : components == 3 ? "RGB"
                  : components == 4 ? "CMYK"
                                    : "";
    if (const uint32_t height = number(bytes, at + 5, 2)) { // or after the scan
      stored.height = height;
      stored.width = number(bytes, at + 7, 2);
    }
    return;
  }
}

bool has_chunk_before_pixels(const Bytes &bytes, const char *name) {
  for (size_t at = 8; at + 8 <= bytes.size();) {
    const char *type = reinterpret_cast<const char *>(bytes.data()) + at + 4;
    if (std::memcmp(type, name, 4) == 0)
      return true;
    if (std::memcmp(type, "IDAT", 4) == 0)
      return false;
    at += 12 + size_t(number(bytes, at, 4));
  }
  return false;
}

void read_png(const Bytes &bytes, StoredPicture &stored) {
  stored.width = number(bytes, 16, 4);
  stored.height = number(bytes, 20, 4);
  const uint32_t depth = number(bytes, 24, 1), colours = number(bytes, 25, 1);
  stored.mode = colours == 3 ? "palette" : colours & 2 ? "RGB" : "grey";
  if (colours & 4 || has_chunk_before_pixels(bytes, "tRNS"))
    stored.mode += " with alpha";
  if (depth == 16)
    stored.mode += " of 16 bits";
}

} // namespace

void read_picture_header(const Bytes &bytes, StoredPicture &stored) {
  if (stored.kind == "JPEG")
    read_jpeg(bytes, stored);
  else if (stored.kind == "PNG")
    read_png(bytes, stored);
}

} // namespace lathe
