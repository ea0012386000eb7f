// table_fuzzer.cpp: whatever a table holds, it is read or is one error that
// names its line.
#include "runtime/data/csv.h"
#include "runtime/error.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try {
    const lathe::CsvTable table =
        lathe::parse_csv("NAME", std::string(data, data + size));
    for (const lathe::CsvRow &row : table.rows)
      if (row.fields.size() != table.headings.size())
        std::abort();
  } catch (const lathe::Error &error) {
    if (std::string(error.what()).find("NAME: line ") != 0)
      std::abort();
  }
  return 0;
}
