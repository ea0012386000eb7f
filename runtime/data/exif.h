// exif.h: how pictures must be turned to be upright.
#pragma once

#include "runtime/data/image_codecs.h"

namespace lathe {

// The orientation in an EXIF block, 1 to 8; 1, upright, where it has none or is
// damaged: the picture itself may be fine.
int exif_orientation(const uint8_t *bytes, size_t size);

// True for orientations that swap height and width.
inline bool is_quarter_turn(int orientation) { return orientation >= 5; }

// Turns uint8[height, width, channels], the size of the upright picture, from
// `stored` to `pixels`.
void turn_upright(const uint8_t *stored, int orientation, int64_t height,
                  int64_t width, int64_t channels, uint8_t *pixels);

} // namespace lathe
