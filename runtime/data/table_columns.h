// table_columns.h: what the columns of a table mean, whether it names pictures
// or holds numbers.
#pragma once

#include "runtime/data/csv.h"
#include "runtime/data/dataset.h"
#include "runtime/data/image_kinds.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace lathe {

constexpr size_t no_column = size_t(-1);

// What columns are usually called, in lower case.
extern const std::vector<std::string> path_names, label_names, split_names;

// The column that the user names, or else one that is called as usual, or
// no_column. Throws Error for a name that the table does not have.
size_t find_column(const CsvTable &table, const std::string &wanted,
                   const std::vector<std::string> &usual);

// The same, and an error that asks for `option` where there is none.
size_t require_column(const CsvTable &table, const std::string &wanted,
                      const std::vector<std::string> &usual, const char *what,
                      const char *option);

// "cat;outdoor": of a model with several labels, each of them; of others, the
// field. Throws Error with the line where such a field is empty.
std::vector<std::string> labels_at(const CsvTable &table, const CsvRow &row,
                                   size_t column, const DatasetSpec &spec);

// The numbers of all classes that the table names, in any of its parts; their
// names go to `source`. Throws Error where they are not the model's.
std::map<std::string, int32_t>
number_classes(const std::string &path, const std::set<std::string> &labels,
               const DatasetSpec &spec, Source &source);

// Appends a sample's labels to those before it, as Dataset::labels has them.
void append_labels(const std::vector<std::string> &labels,
                   const std::map<std::string, int32_t> &numbers,
                   const DatasetSpec &spec, std::vector<int32_t> &to);

// What a sample counts. Throws Error with the line.
float weight_at(const CsvTable &table, const CsvRow &row, size_t column);

bool is_name_of(Part part, const std::string &name);

// The rows of a part, of which `parts` has the names, row by row; all rows
// where there is no `column` of parts. Those of none are counted in `others`.
// Throws Error where the part has no row.
std::vector<size_t> rows_of(const CsvTable &table, size_t column,
                            const std::vector<std::string> &parts, Part part,
                            Counts &others);

} // namespace lathe
