// zip_file.h: the members of a zip file, by minizip.
#pragma once

#include "runtime/data/input_file.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe {

bool is_zip_file(const std::string &path);

// Their names; none where it is no zip file. Throws Error for a damaged one.
std::vector<std::string> zip_members(const std::string &path);

// Throws Error.
std::unique_ptr<ByteSource> open_zip_member(const std::string &path,
                                            const std::string &member);

} // namespace lathe
