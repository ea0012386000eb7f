// picture_list.cpp: see picture_list.h.
#include "runtime/data/picture_list.h"

#include "runtime/data/class_names.h"
#include "runtime/data/csv.h"
#include "runtime/data/image_kinds.h"
#include "runtime/data/table_columns.h"
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

std::string suffix_of(const std::string &path) {
  return lower_case(fs::path(path).extension().string());
}

std::string file_at(const CsvTable &table, const CsvRow &row, size_t column) {
  const std::string &name = row.fields[column];
  if (name.empty())
    table.fail_at(row, "names no file");
  return (fs::path(table.path).parent_path() / name).string();
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
  const size_t column =
      find_column(read_beginning(path), spec.columns.split, split_names);
  if (column == no_column)
    return part == Part::Train;
  bool found = false;
  read_rows(path, [&](const CsvTable &, const CsvRow &row) {
    const std::string &name = row.fields[column];
    found |= is_name_of(part, name) &&
             (part != Part::Test || !is_name_of(Part::Validation, name));
  });
  return found;
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
  pictures.source.is_pictures = pictures.source.is_table = true;
  pictures.source.is_whole = split_column == no_column;
  std::set<std::string> classes;
  Names parts;
  for (const CsvRow &row : table.rows) {
    const Names labels = labels_at(table, row, label_column, spec);
    classes.insert(labels.begin(), labels.end());
    parts.push_back(split_column == no_column ? "" : row.fields[split_column]);
  }
  const std::map<std::string, int32_t> numbers =
      number_classes(path, classes, spec, pictures.source);
  Counts others;
  Repetitions repetitions(table);
  for (const size_t number :
       rows_of(table, split_column, parts, part, others)) {
    const CsvRow &row = table.rows[number];
    const std::string file = file_at(table, row, file_column);
    std::error_code error;
    if (!fs::is_regular_file(file, error))
      table.fail_at(row, fmt::format("there is no file {}", file));
    repetitions.add(row, file, row.fields[label_column]);
    pictures.files.push_back(file);
    pictures.names.push_back(row.fields[file_column]);
    append_labels(labels_at(table, row, label_column, spec), numbers, spec,
                  pictures.labels);
    if (weight_column != no_column)
      pictures.weights.push_back(weight_at(table, row, weight_column));
    if (group_column != no_column)
      pictures.groups.push_back(row.fields[group_column]);
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
