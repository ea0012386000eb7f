//===- Report.h - Outcomes by category --------------------------*- C++ -*-===//
#ifndef LATHE_TEST_CONFORMANCE_REPORT_H
#define LATHE_TEST_CONFORMANCE_REPORT_H

#include "test/conformance/Case.h"
#include <vector>

namespace lathe::conformance {

struct Result {
  Case test;
  Outcome outcome;
};

/// A line for each category and their sum; then what went wrong.
std::string table(const std::vector<Result> &results, bool showRefused);
std::string json(const std::vector<Result> &results);

} // namespace lathe::conformance

#endif // LATHE_TEST_CONFORMANCE_REPORT_H
