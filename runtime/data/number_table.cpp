// number_table.cpp: see number_table.h.
#include "runtime/data/number_table.h"

#include "runtime/data/class_names.h"
#include "runtime/data/picture_list.h"
#include "runtime/data/readers.h"
#include "runtime/data/table_columns.h"
#include "runtime/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lathe {

namespace {

// A table without a column of files and with at least this many columns of
// numbers holds numbers, whatever size the model's input has.
constexpr size_t enough_numbers = 16;

using Names = std::vector<std::string>;

// Also with spaces around it. False for what is no finite number.
bool parse_number(const std::string &field, float &number) {
  const size_t begin = field.find_first_not_of(' ');
  if (begin == std::string::npos)
    return false;
  const char *end = field.data() + field.find_last_not_of(' ') + 1;
  const auto [last, error] = std::from_chars(field.data() + begin, end, number);
  return error == std::errc() && last == end && std::isfinite(number);
}

// What each column is for.
struct Roles {
  size_t label, split, weight, group;
  std::vector<size_t> numbers;
};

// `table` has the first row, if there is any.
Roles roles_of(const CsvTable &table, const DatasetSpec &spec) {
  const ListColumns &names = spec.columns;
  Roles roles = {find_column(table, names.label, label_names),
                 find_column(table, names.split, split_names),
                 find_column(table, names.weight, {}),
                 find_column(table, names.group, {}),
                 {}};
  std::vector<size_t> words;
  for (size_t i = 0; i < table.headings.size(); ++i) {
    if (i == roles.label || i == roles.split || i == roles.weight ||
        i == roles.group)
      continue;
    roles.numbers.push_back(i);
    float number;
    if (!table.rows.empty() && !parse_number(table.rows[0].fields[i], number))
      words.push_back(i);
  }
  if (roles.label == no_column && words.size() == 1) {
    roles.label = words[0];
    roles.numbers.erase(
        std::find(roles.numbers.begin(), roles.numbers.end(), roles.label));
  }
  return roles;
}

class NumberTable : public Dataset {
public:
  NumberTable(const std::string &path, const DatasetSpec &spec,
              const Roles &roles, Part part);

  int64_t count() const override { return int64_t(lines_.size()); }
  const std::vector<int32_t> &labels() const override { return labels_; }
  const std::vector<float> &weights() const override { return weights_; }
  std::string name(int64_t sample) const override {
    return fmt::format("line {}", lines_[size_t(sample)]);
  }
  std::string group(int64_t sample) const override {
    return groups_.empty() ? "" : groups_[size_t(sample)];
  }
  int32_t image_type() const override { return LATHE_F32; }
  void gather(const int64_t *samples, int n, void *images,
              int32_t *labels) override;

private:
  // Every row, whatever its part.
  struct Rows {
    std::vector<float> values, weights;
    std::vector<int64_t> lines;
    std::vector<Names> labels;
    Names parts, groups;
  };
  Rows read(const std::string &path, const DatasetSpec &spec,
            const Roles &roles) const;

  std::vector<float> values_, weights_;
  std::vector<int64_t> lines_;
  std::vector<int32_t> labels_;
  Names groups_;
  int64_t label_size_;
};

NumberTable::Rows NumberTable::read(const std::string &path,
                                    const DatasetSpec &spec,
                                    const Roles &roles) const {
  Rows rows;
  read_rows(path, [&](const CsvTable &table, const CsvRow &row) {
    for (const size_t column : roles.numbers) {
      const std::string &field = row.fields[column];
      if (!parse_number(field, rows.values.emplace_back()))
        table.fail_at(row,
                      fmt::format("column '{}' is {}, not a finite number",
                                  table.headings[column],
                                  field.empty() ? "empty" : "'" + field + "'"));
    }
    rows.lines.push_back(row.line);
    rows.labels.push_back(roles.label == no_column
                              ? Names()
                              : labels_at(table, row, roles.label, spec));
    rows.parts.push_back(roles.split == no_column ? ""
                                                  : row.fields[roles.split]);
    if (roles.weight != no_column)
      rows.weights.push_back(weight_at(table, row, roles.weight));
    if (roles.group != no_column)
      rows.groups.push_back(row.fields[roles.group]);
  });
  return rows;
}

NumberTable::NumberTable(const std::string &path, const DatasetSpec &spec,
                         const Roles &roles, Part part)
    : Dataset(spec.image_size()), label_size_(spec.label_size) {
  const CsvTable headings = read_beginning(path);
  const Rows rows = read(path, spec, roles);
  if (rows.lines.empty())
    fail("{}: holds no rows", path);
  source_.place = path;
  source_.is_table = true;
  source_.is_whole = roles.split == no_column;
  std::map<std::string, int32_t> numbers;
  if (roles.label != no_column) {
    std::set<std::string> classes;
    for (const Names &labels : rows.labels)
      classes.insert(labels.begin(), labels.end());
    numbers = number_classes(path, classes, spec, source_);
  }
  Counts others;
  const auto size = size_t(image_size_);
  for (const size_t row :
       rows_of(headings, roles.split, rows.parts, part, others)) {
    const auto first = rows.values.begin() + int64_t(row * size);
    values_.insert(values_.end(), first, first + image_size_);
    lines_.push_back(rows.lines[row]);
    if (roles.label != no_column)
      append_labels(rows.labels[row], numbers, spec, labels_);
    if (roles.weight != no_column)
      weights_.push_back(rows.weights[row]);
    if (roles.group != no_column)
      groups_.push_back(rows.groups[row]);
  }
  labels_.resize(lines_.size() * size_t(label_size_));
  source_.left_out = list_counts(others);
}

void NumberTable::gather(const int64_t *samples, int n, void *images,
                         int32_t *labels) {
  for (int i = 0; i < n; ++i) {
    std::copy_n(values_.begin() + samples[i] * image_size_, image_size_,
                static_cast<float *>(images) + i * image_size_);
    std::copy_n(labels_.begin() + samples[i] * label_size_, label_size_,
                labels + i * label_size_);
  }
}

std::unique_ptr<Dataset> open_rows(const std::string &path,
                                   const DatasetSpec &spec, const Roles &roles,
                                   Part part) {
  const CsvTable table = read_beginning(path);
  if (int64_t(roles.numbers.size()) != spec.image_size()) {
    Names names;
    for (const size_t column : roles.numbers)
      names.push_back(table.headings[column]);
    fail("{}: line 1: {} columns of numbers ({}), but the model's input is {}; "
         "leave out the columns that are no part of it",
         path, names.size(), list_names(names), spec.shape());
  }
  return std::make_unique<NumberTable>(path, spec, roles, part);
}

} // namespace

bool is_number_table(const std::string &path, const DatasetSpec &spec) {
  if (!is_picture_table(path))
    return false;
  const CsvTable table = read_beginning(path);
  if (!spec.columns.path.empty() ||
      find_column(table, "", path_names) != no_column)
    return false;
  if (spec.rank == 1)
    return true;
  const std::vector<size_t> numbers = roles_of(table, spec).numbers;
  const bool are_numbers =
      table.rows.empty() ||
      std::all_of(numbers.begin(), numbers.end(), [&](size_t column) {
        float number;
        return parse_number(table.rows[0].fields[column], number);
      });
  return are_numbers && (int64_t(numbers.size()) == spec.image_size() ||
                         numbers.size() >= enough_numbers);
}

std::unique_ptr<Dataset> open_number_table(const std::string &path,
                                           const DatasetSpec &spec, Part part) {
  const CsvTable table = read_beginning(path);
  const Roles roles = roles_of(table, spec);
  if (roles.label == no_column)
    require_column(table, "", {}, "labels", "--label-column");
  return open_rows(path, spec, roles, part);
}

std::unique_ptr<Dataset> open_numbers(const std::string &path,
                                      const DatasetSpec &spec) {
  Roles roles = roles_of(read_beginning(path), spec);
  roles.label = no_column;
  if (!has_table_part(path, spec, Part::Test))
    roles.split = no_column;
  return open_rows(path, spec, roles, Part::Test);
}

const Reader number_table_reader = {"csv",
                                    "a table of numbers and their labels",
                                    is_picture_table,
                                    has_table_part,
                                    open_number_table,
                                    nullptr,
                                    true};

} // namespace lathe
