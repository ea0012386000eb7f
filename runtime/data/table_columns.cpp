// table_columns.cpp: see table_columns.h.
#include "runtime/data/table_columns.h"

#include "runtime/data/class_names.h"
#include "runtime/data/picture_files.h"
#include "runtime/error.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace lathe {

using Names = std::vector<std::string>;

const Names path_names = {"file",  "path",       "filename", "file_name",
                          "image", "image_path", "filepath", "file_path"};
const Names label_names = {"label", "labels", "class", "classes", "category"};
const Names split_names = {"split", "part", "subset", "set"};

size_t find_column(const CsvTable &table, const std::string &wanted,
                   const Names &usual) {
  for (size_t i = 0; i < table.headings.size(); ++i)
    if (!wanted.empty() && table.headings[i] == wanted)
      return i;
  if (!wanted.empty())
    fail("{}: line 1: there is no column '{}', but {}", table.path, wanted,
         list_names(table.headings));
  for (const std::string &name : usual)
    for (size_t i = 0; i < table.headings.size(); ++i)
      if (lower_case(table.headings[i]) == name)
        return i;
  return no_column;
}

size_t require_column(const CsvTable &table, const std::string &wanted,
                      const Names &usual, const char *what,
                      const char *option) {
  const size_t column = find_column(table, wanted, usual);
  if (column == no_column)
    fail("{}: line 1: which of the columns {} is that of the {}? Name it: {} "
         "NAME",
         table.path, list_names(table.headings), what, option);
  return column;
}

Names labels_at(const CsvTable &table, const CsvRow &row, size_t column,
                const DatasetSpec &spec) {
  const std::string &field = row.fields[column];
  if (spec.label_size == 1) {
    if (field.empty())
      table.fail_at(row, "has no label");
    return {text_of(field)};
  }
  Names labels;
  for (size_t begin = 0; begin < field.size();) {
    const size_t end = std::min(field.find(';', begin), field.size());
    if (end > begin)
      labels.push_back(text_of(field.substr(begin, end - begin)));
    begin = end + 1;
  }
  return labels;
}

std::map<std::string, int32_t>
number_classes(const std::string &path, const std::set<std::string> &labels,
               const DatasetSpec &spec, Source &source) {
  const Names names(labels.begin(), labels.end());
  const std::vector<int32_t> numbers =
      match_classes(path, names, spec.class_names, spec.classes, "classes");
  std::map<std::string, int32_t> result;
  source.class_names.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    result[names[i]] = numbers[i];
    source.class_names[size_t(numbers[i])] = names[i];
  }
  return result;
}

void append_labels(const Names &labels,
                   const std::map<std::string, int32_t> &numbers,
                   const DatasetSpec &spec, std::vector<int32_t> &to) {
  if (spec.label_size == 1) {
    to.push_back(numbers.at(labels.front()));
    return;
  }
  const size_t first = to.size();
  to.resize(first + size_t(spec.label_size));
  for (const std::string &label : labels)
    to[first + size_t(numbers.at(label))] = 1;
}

float weight_at(const CsvTable &table, const CsvRow &row, size_t column) {
  const std::string &field = row.fields[column];
  char *end = nullptr;
  const float weight = std::strtof(field.c_str(), &end);
  if (field.empty() || *end || !std::isfinite(weight) || weight < 0)
    table.fail_at(row, fmt::format("the weight is '{}', but must be a number, "
                                   "finite and at least 0",
                                   field));
  return weight;
}

bool is_name_of(Part part, const std::string &name) {
  const Names &names = part_names(part);
  return std::count(names.begin(), names.end(), lower_case(name)) != 0;
}

using Parts = std::map<std::string, std::vector<size_t>>;

// The rows of the first name of this part, which are taken out.
static std::vector<size_t> take_part(Parts &parts, Part part) {
  for (const std::string &name : part_names(part)) {
    const auto found = parts.find(name);
    if (found == parts.end())
      continue;
    std::vector<size_t> rows = std::move(found->second);
    parts.erase(found);
    return rows;
  }
  return {};
}

std::vector<size_t> rows_of(const CsvTable &table, size_t column,
                            const Names &names, Part part, Counts &others) {
  if (column == no_column) {
    std::vector<size_t> all(names.size());
    std::iota(all.begin(), all.end(), size_t(0));
    return all;
  }
  Parts parts;
  for (size_t row = 0; row < names.size(); ++row)
    parts[lower_case(names[row])].push_back(row);
  std::vector<size_t> chosen = take_part(parts, part);
  if (chosen.empty())
    fail("{}: no row has one of {} in its column '{}'", table.path,
         fmt::join(part_names(part), ", "), table.headings[column]);
  for (const Part other : {Part::Train, Part::Test, Part::Validation})
    if (other != part)
      take_part(parts, other);
  for (const auto &[name, rows] : parts)
    others[fmt::format("rows of '{}'", name)] = int64_t(rows.size());
  return chosen;
}

} // namespace lathe
