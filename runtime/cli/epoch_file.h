// epoch_file.h: the files that ModelCheckpoint's filepath names.
#pragma once

#include <string>

namespace lathe {

// "07-0.31.safetensors" for "{epoch:02d}-{val_loss:.2f}.safetensors" and a row
// of the history, whose epoch counts from 0; in names it counts from 1. Throws
// Error for a figure or a format that there is not.
std::string epoch_file(const std::string &filepath, const std::string &row);

// Whether each epoch writes its own file.
bool has_figures(const std::string &filepath);

// Whether it names figures of validation data.
bool needs_validation(const std::string &filepath);

// Makes the folder that the file is to be in. Throws Error.
void make_folder_of(const std::string &path);

} // namespace lathe
