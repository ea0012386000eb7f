// class_folders.h: a folder for each class, with pictures in it or in folders
// below; train and test parts in folders of their own, or one part for all.
#pragma once

#include "runtime/data/picture_files.h"

#include <string>

namespace lathe {

// True for what find_class_folders reads, or can say something helpful about.
bool has_class_folders(const std::string &folder);

// As Reader's.
bool has_class_part(const std::string &folder, const DatasetSpec &spec,
                    Part part);

// Throws Error: where the folders are not the model's classes, naming them, and
// where a class has no picture that can be read.
PictureFiles find_class_folders(const std::string &folder,
                                const DatasetSpec &spec, Part part);

} // namespace lathe
