// picture_header.h: what the headers of JPEG and PNG files say.
#pragma once

#include "runtime/data/image_file.h"

#include <cstdint>
#include <vector>

namespace lathe {

// Sets `stored`'s mode and size where they are found; the size is before any
// turning. Decoders have accepted the file.
void read_picture_header(const std::vector<uint8_t> &bytes,
                         StoredPicture &stored);

} // namespace lathe
