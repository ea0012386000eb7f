// number_table.h: a table whose rows are samples: columns of numbers, and one
// of labels.
#pragma once

#include "runtime/data/dataset.h"

#include <memory>
#include <string>

namespace lathe {

// Whether a table is one, and not one that names pictures: it has no column of
// files, but as many of numbers as the model's input, or many.
bool is_number_table(const std::string &path, const DatasetSpec &spec);

// The rows of this part. The numbers of the model's input, row-major, are in
// the columns from left to right, without those of labels, parts, weights and
// groups. Labels are in the column that is named or called so, or in the only
// one whose first row is no number. Throws Error with the line and column.
std::unique_ptr<Dataset> open_number_table(const std::string &path,
                                           const DatasetSpec &spec, Part part);

// The same without labels, all of which are 0: the rows of the test part, or
// all where there is none.
std::unique_ptr<Dataset> open_numbers(const std::string &path,
                                      const DatasetSpec &spec);

} // namespace lathe
