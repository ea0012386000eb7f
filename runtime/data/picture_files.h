// picture_files.h: labelled picture files, from class folders or from a list.
#pragma once

#include "runtime/data/dataset.h"

#include <string>
#include <vector>

namespace lathe {

// The pictures of one part of the data.
struct PictureFiles {
  Source source;
  std::vector<std::string> files; // paths
  std::vector<std::string>
      names;                   // "cats/a/12.jpg", whatever the part is called
  std::vector<int32_t> labels; // as Dataset's
  std::vector<float> weights;  // of each, or none
  std::vector<std::string> groups; // likewise
};

// What folders and columns call a part, in lower case; the first one that is
// there counts.
const std::vector<std::string> &part_names(Part part);

} // namespace lathe
