// picture_list.cpp: see picture_list.h.
#include "runtime/data/picture_list.h"

#include "runtime/data/class_names.h"
#include "runtime/data/csv.h"
#include "runtime/data/image_kinds.h"
#include "runtime/error.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr size_t no_column = size_t(-1);

const Names path_names = {"file",  "path",       "filename", "file_name",
                          "image", "image_path", "filepath", "file_path"};
const Names label_names = {"label", "labels", "class", "classes", "category"};
const Names split_names = {"split", "part", "subset", "set"};

std::string suffix_of(const std::string &path) {
  return lower_case(fs::path(path).extension().string());
}

// The column that the user names, or else one that is called as usual.
size_t find_column(const CsvTable &table, const std::string &wanted,
                   const Names &usual) {
  for (size_t i = 0; i < table.headings.size(); ++i)
    if (!wanted.empty() && table.headings[i] == wanted)
      return i;
  if (!wanted.empty())
    fail("{}: line 1: there is no column '{}', but {}", table.path, wanted,
         fmt::join(table.headings, ", "));
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
         table.path, fmt::join(table.headings, ", "), what, option);
  return column;
}

std::string file_at(const CsvTable &table, const CsvRow &row, size_t column) {
  const std::string &name = row.fields[column];
  if (name.empty())
    table.fail_at(row, "names no file");
  return (fs::path(table.path).parent_path() / name).string();
}

using Parts = std::map<std::string, std::vector<const CsvRow *>>;

// The rows of the first name of this part, which are taken out.
std::vector<const CsvRow *> take_part(Parts &parts, Part part) {
  for (const std::string &name : part_names(part)) {
    const auto found = parts.find(name);
    if (found == parts.end())
      continue;
    const std::vector<const CsvRow *> rows = std::move(found->second);
    parts.erase(found);
    return rows;
  }
  return {};
}

// The rows of this part; all where there is no column of parts. Those of
// neither part are counted in `others`.
std::vector<const CsvRow *> rows_of(const CsvTable &table, size_t column,
                                    Part part, Counts &others) {
  Parts parts;
  for (const CsvRow &row : table.rows)
    parts[column == no_column ? "" : lower_case(row.fields[column])].push_back(
        &row);
  if (column == no_column)
    return parts[""];
  const std::vector<const CsvRow *> chosen = take_part(parts, part);
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

bool is_name_of(Part part, const std::string &name) {
  const Names &names = part_names(part);
  return std::count(names.begin(), names.end(), lower_case(name)) != 0;
}

// "cat;outdoor"
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

// The numbers of all classes that the table names, in any of its parts.
std::map<std::string, int32_t> number_classes(const CsvTable &table,
                                              size_t column,
                                              const DatasetSpec &spec,
                                              Source &source) {
  std::map<std::string, int32_t> numbers;
  for (const CsvRow &row : table.rows)
    for (const std::string &label : labels_at(table, row, column, spec))
      numbers.emplace(label, 0);
  Names names;
  for (const auto &[name, number] : numbers)
    names.push_back(name);
  const std::vector<int32_t> labels = match_classes(
      table.path, names, spec.class_names, spec.classes, "classes");
  source.class_names.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    numbers[names[i]] = labels[i];
    source.class_names[size_t(labels[i])] = names[i];
  }
  return numbers;
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

// A file in two rows must mean the same in both.
class Repetitions {
public:
  explicit Repetitions(const CsvTable &table) : table_(table) {}
  void add(const CsvRow &row, const std::string &file,
           const std::string &label) {
    const auto [first, is_new] = first_.emplace(file, &row);
    labels_.emplace(file, label);
    if (!is_new && labels_[file] != label)
      table_.fail_at(row,
                     fmt::format("labels {} '{}', but line {} '{}'", file,
                                 label, first->second->line, labels_[file]));
  }

private:
  const CsvTable &table_;
  std::map<std::string, const CsvRow *> first_;
  std::map<std::string, std::string> labels_;
};

} // namespace

bool is_picture_table(const std::string &path) {
  const std::string suffix = suffix_of(path);
  return suffix == ".csv" || suffix == ".tsv";
}

bool is_picture_list(const std::string &path) {
  const std::string suffix = suffix_of(path);
  return is_picture_table(path) || suffix == ".txt" || suffix == ".lst";
}

bool has_table_part(const std::string &path, const DatasetSpec &spec,
                    Part part) {
  const CsvTable table = read_csv(path);
  const size_t column = find_column(table, spec.columns.split, split_names);
  if (column == no_column)
    return part == Part::Train;
  return std::any_of(
      table.rows.begin(), table.rows.end(), [&](const CsvRow &row) {
        const std::string &name = row.fields[column];
        return is_name_of(part, name) &&
               (part != Part::Test || !is_name_of(Part::Validation, name));
      });
}

PictureFiles read_picture_table(const std::string &path,
                                const DatasetSpec &spec, Part part) {
  const CsvTable table = read_csv(path);
  const ListColumns &columns = spec.columns;
  const size_t file_column =
      require_column(table, columns.path, path_names, "files", "--path-column");
  const size_t label_column = require_column(table, columns.label, label_names,
                                             "labels", "--label-column");
  const size_t split_column = find_column(table, columns.split, split_names);
  const size_t weight_column = find_column(table, columns.weight, {});
  const size_t group_column = find_column(table, columns.group, {});

  PictureFiles pictures;
  pictures.source.place = path;
  pictures.source.is_table = true;
  pictures.source.is_whole = split_column == no_column;
  const std::map<std::string, int32_t> numbers =
      number_classes(table, label_column, spec, pictures.source);
  Counts others;
  Repetitions repetitions(table);
  for (const CsvRow *row : rows_of(table, split_column, part, others)) {
    const std::string file = file_at(table, *row, file_column);
    std::error_code error;
    if (!fs::is_regular_file(file, error))
      table.fail_at(*row, fmt::format("there is no file {}", file));
    repetitions.add(*row, file, row->fields[label_column]);
    pictures.files.push_back(file);
    pictures.names.push_back(row->fields[file_column]);
    const size_t first = pictures.labels.size();
    if (spec.label_size != 1)
      pictures.labels.resize(first + size_t(spec.label_size));
    for (const std::string &label : labels_at(table, *row, label_column, spec))
      if (spec.label_size == 1)
        pictures.labels.push_back(numbers.at(label));
      else
        pictures.labels[first + size_t(numbers.at(label))] = 1;
    if (weight_column != no_column)
      pictures.weights.push_back(weight_at(table, *row, weight_column));
    if (group_column != no_column)
      pictures.groups.push_back(row->fields[group_column]);
  }
  pictures.source.left_out = list_counts(others);
  return pictures;
}

std::vector<std::string> read_picture_list(const std::string &path,
                                           const ListColumns &columns) {
  Names files;
  if (is_picture_table(path)) {
    const CsvTable table = read_csv(path);
    const size_t column = require_column(table, columns.path, path_names,
                                         "files", "--path-column");
    for (const CsvRow &row : table.rows)
      files.push_back(file_at(table, row, column));
    return files;
  }
  std::ifstream text(path);
  if (!text)
    fail("{}: cannot be read", path);
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (!line.empty())
      files.push_back((fs::path(path).parent_path() / line).string());
  }
  return files;
}

} // namespace lathe
