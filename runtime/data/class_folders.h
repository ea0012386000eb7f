// class_folders.h: a folder for each class, with pictures in it or in folders
// below; train and test parts in folders of their own, or one part for all.
#pragma once

#include "runtime/data/dataset.h"

#include <string>
#include <vector>

namespace lathe {

// The pictures of one part of the data.
struct ClassFolders {
  Source source;
  std::vector<std::string> files; // paths, by folder, sorted
  std::vector<std::string>
      names; // "cats/a/12.jpg", whatever the part is called
  std::vector<int32_t> labels;
};

// True for what find_class_folders reads, or can say something helpful about.
bool has_class_folders(const std::string &folder);

// Throws Error: where the folders are not the model's classes, naming them, and
// where a class has no picture that can be read.
ClassFolders find_class_folders(const std::string &folder,
                                const DatasetSpec &spec, Part part);

} // namespace lathe
