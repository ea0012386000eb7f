// csv.cpp: see csv.h.
#include "runtime/data/csv.h"

#include "runtime/data/input_file.h"
#include "runtime/error.h"

#include <algorithm>
#include <optional>
#include <set>

namespace lathe {

namespace {

constexpr size_t largest_table = size_t(1) << 30;

constexpr size_t piece_size = size_t(1) << 16;

// The beginning of a file: `most` bytes or a few more, or all of it.
std::string read_text(InputFile &file, size_t most) {
  std::string text, piece(piece_size, '\0');
  while (text.size() < most) {
    const size_t n = file.read_some(&piece[0], piece.size());
    if (n == 0)
      break;
    text.append(piece, 0, n);
  }
  return text;
}

std::string read_text(const std::string &path) {
  InputFile file(path);
  std::string text = read_text(file, largest_table + 1);
  if (text.size() > largest_table)
    fail("{}: is too large for a table", path);
  return text;
}

class CsvReader {
public:
  CsvReader(const std::string &path, std::string text)
      : path_(path), text_(std::move(text)), separator_(find_separator()) {
    const char mark[] = "\xef\xbb\xbf"; // that it is UTF-8
    if (text_.compare(0, 3, mark) == 0)
      offset_ = 3;
  }

  // False at the end. Empty lines are skipped.
  bool read_row(CsvRow &row);
  bool at_end() const { return offset_ == text_.size(); }

private:
  const std::string &path_;
  const std::string text_;
  const char separator_;
  size_t offset_ = 0;
  int64_t line_ = 1;

  [[noreturn]] void fail_here(const char *message) const {
    lathe::fail("{}: line {}: {}", path_, line_, message);
  }
  bool at_line_end() const {
    return at_end() || text_[offset_] == '\n' || text_[offset_] == '\r';
  }
  char find_separator() const;
  void skip_line_end();
  std::string read_quoted();
  std::string read_field();
};

// Of the three, the one that the first line has most of.
char CsvReader::find_separator() const {
  const auto end =
      text_.begin() + int64_t(std::min(text_.find('\n'), text_.size()));
  char best = ',';
  for (char candidate : {';', '\t'})
    if (std::count(text_.begin(), end, candidate) >
        std::count(text_.begin(), end, best))
      best = candidate;
  return best;
}

void CsvReader::skip_line_end() {
  if (!at_end() && text_[offset_] == '\r')
    ++offset_;
  if (!at_end() && text_[offset_] == '\n')
    ++offset_;
  ++line_;
}

// From behind the first quote. Two of them are one that is meant.
std::string CsvReader::read_quoted() {
  const int64_t first_line = line_;
  std::string field;
  for (;;) {
    if (at_end())
      lathe::fail("{}: line {}: a quote that is not closed", path_, first_line);
    const char c = text_[offset_++];
    if (c == '"') {
      if (at_end() || text_[offset_] != '"')
        break;
      ++offset_;
    }
    line_ += c == '\n';
    field += c;
  }
  if (!at_line_end() && text_[offset_] != separator_)
    fail_here("a quoted field goes on behind its quote");
  return field;
}

std::string CsvReader::read_field() {
  if (!at_end() && text_[offset_] == '"') {
    ++offset_;
    return read_quoted();
  }
  const size_t begin = offset_;
  while (!at_line_end() && text_[offset_] != separator_) {
    if (text_[offset_] == '"')
      fail_here("a quote inside of a field that does not begin with one");
    ++offset_;
  }
  return text_.substr(begin, offset_ - begin);
}

bool CsvReader::read_row(CsvRow &row) {
  while (!at_end() && at_line_end())
    skip_line_end();
  if (at_end())
    return false;
  row.line = line_;
  row.fields = {read_field()};
  while (!at_line_end()) {
    ++offset_; // the separator
    row.fields.push_back(read_field());
  }
  skip_line_end();
  return true;
}

} // namespace

void CsvTable::fail_at(const CsvRow &row, const std::string &message) const {
  fail("{}: line {}: {}", path, row.line, message);
}

static CsvTable read_headings(const std::string &path, CsvReader &reader) {
  CsvTable table;
  table.path = path;
  CsvRow row;
  if (!reader.read_row(row))
    fail("{}: line 1: the table is empty", path);
  table.headings = row.fields;
  const std::set<std::string> distinct(row.fields.begin(), row.fields.end());
  if (distinct.size() < row.fields.size())
    table.fail_at(row, "two columns have the same name");
  return table;
}

// False at the end.
static bool read_row_of(const CsvTable &table, CsvReader &reader, CsvRow &row) {
  if (!reader.read_row(row))
    return false;
  if (row.fields.size() != table.headings.size())
    table.fail_at(row, fmt::format("{} fields, but there are {} columns",
                                   row.fields.size(), table.headings.size()));
  return true;
}

CsvTable read_csv(const std::string &path) {
  return parse_csv(path, read_text(path));
}

CsvTable parse_csv(const std::string &path, std::string text) {
  CsvReader reader(path, std::move(text));
  CsvTable table = read_headings(path, reader);
  for (CsvRow row; read_row_of(table, reader, row);)
    table.rows.push_back(std::move(row));
  return table;
}

void read_rows(
    const std::string &path,
    const std::function<void(const CsvTable &table, CsvRow &row)> &take) {
  CsvReader reader(path, read_text(path));
  const CsvTable table = read_headings(path, reader);
  for (CsvRow row; read_row_of(table, reader, row);)
    take(table, row);
}

// Nothing where the text ends before the first row does.
static std::optional<CsvTable> parse_beginning(const std::string &path,
                                               std::string text, bool is_all) {
  try {
    CsvReader reader(path, std::move(text));
    CsvTable table = read_headings(path, reader);
    CsvRow row;
    if (read_row_of(table, reader, row))
      table.rows.push_back(std::move(row));
    if (is_all || !reader.at_end())
      return table;
  } catch (const Error &) {
    if (is_all)
      throw;
  }
  return std::nullopt;
}

CsvTable read_beginning(const std::string &path) {
  for (size_t most = piece_size;; most *= 8) {
    InputFile file(path);
    std::string text = read_text(file, std::min(most, largest_table));
    const bool is_all = text.size() < most || most > largest_table;
    if (std::optional<CsvTable> table =
            parse_beginning(path, std::move(text), is_all))
      return *std::move(table);
  }
}

} // namespace lathe
