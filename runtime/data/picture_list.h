// picture_list.h: a table of picture files and their labels, or a plain list of
// files.
#pragma once

#include "runtime/data/picture_files.h"

namespace lathe {

// True for files that are named as tables: .csv or .tsv.
bool is_picture_table(const std::string &path);
// True for those, and for files named .txt or .lst.
bool is_picture_list(const std::string &path);

// As Reader's.
bool has_table_part(const std::string &path, const DatasetSpec &spec,
                    Part part);

// Paths are relative to the table's folder. Columns that are not given are
// found by their usual names; one of parts chooses rows. Throws Error with the
// line.
PictureFiles read_picture_table(const std::string &path,
                                const DatasetSpec &spec, Part part);

// The files of a table, or of a list with a path in each line.
std::vector<std::string> read_picture_list(const std::string &path,
                                           const ListColumns &columns);

} // namespace lathe
