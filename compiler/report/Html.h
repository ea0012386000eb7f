//===- Html.h - What the parts of the page have in common -------*- C++ -*-===//
#ifndef LATHE_COMPILER_REPORT_HTML_H
#define LATHE_COMPILER_REPORT_HTML_H

#include "compiler/report/Report.h"

namespace lathe::report {

/// The page with `{{name}}` where each of its parts goes.
llvm::StringRef pageTemplate();

/// Text for elements and attributes. All that is not ours goes through it.
std::string escaped(llvm::StringRef text);

/// The same for long names, which may be broken behind each _ and /.
std::string breakable(llvm::StringRef name);

/// "4.01 MiB", "128 bytes".
std::string describeBytes(double bytes);

/// Three digits that count, and at most four behind the point: "1230", "12.3",
/// "0.0123".
std::string describeNumber(double number);

/// "conv2d, max_pooling2d and 3 more".
std::string describeLayers(llvm::ArrayRef<std::string> layers, size_t most);

/// The kernels of a step, a row each.
std::string kernelTable(const Report &report, const Step &step);

/// Which slices of the arena are alive from which call to which.
std::string arenaPicture(const Report &report, const Step &step);

} // namespace lathe::report

#endif // LATHE_COMPILER_REPORT_HTML_H
