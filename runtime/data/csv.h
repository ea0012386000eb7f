// csv.h: tables as text (RFC 4180), separated by commas, semicolons or tabs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lathe {

struct CsvRow {
  int64_t line; // where it begins, from 1
  std::vector<std::string> fields;
};

struct CsvTable {
  std::string path;
  std::vector<std::string> headings;
  std::vector<CsvRow> rows; // as many fields as headings

  [[noreturn]] void fail_at(const CsvRow &row,
                            const std::string &message) const;
};

// The first line names the columns and shows the separator. Throws Error with
// the line: for rows of other lengths, and for quotes out of place.
CsvTable read_csv(const std::string &path);

// The same of `text`, what the file holds.
CsvTable parse_csv(const std::string &path, std::string text);

// Reads the table as read_csv does and gives it row by row, so that large ones
// need not be kept; `table` has the headings alone.
void read_rows(
    const std::string &path,
    const std::function<void(const CsvTable &table, CsvRow &row)> &take);

// The headings and, where there are rows, the first one: no more of the file is
// read than that needs.
CsvTable read_beginning(const std::string &path);

} // namespace lathe
