//===- Writers.cpp - The forms of a report, by the file's name ------------===//
#include "compiler/report/Report.h"

using namespace llvm;
using namespace lathe;

namespace {
struct WriterRow {
  StringLiteral ending;
  report::Writer write;
};
} // namespace

static constexpr WriterRow writers[] = {
    {".html", report::toHtml},
    {".json", report::toJson},
};

Expected<report::Writer> report::writerFor(StringRef file) {
  std::string known;
  for (const WriterRow &row : writers) {
    if (file.ends_with_insensitive(row.ending))
      return row.write;
    known += (known.empty() ? "" : " or ") + row.ending.str();
  }
  return createStringError("--report=" + file.str() + ": a report ends in " +
                           known);
}
