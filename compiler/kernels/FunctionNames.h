//===- FunctionNames.h - What operations' attributes may name ---*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_FUNCTIONNAMES_H
#define LATHE_COMPILER_KERNELS_FUNCTIONNAMES_H

#include <string>
#include <vector>

namespace lathe::kernels {

/// The functions or predicates that an operation's attribute may name; empty
/// for an operation without such an attribute.
std::vector<std::string> knownFunctions(const std::string &op);

// Each family's, from its table.
std::vector<std::string> activationNames();
std::vector<std::string> adjustmentNames();
std::vector<std::string> axisReductionNames();
std::vector<std::string> combinationNames();
std::vector<std::string> comparisonNames();
std::vector<std::string> lossNames();
std::vector<std::string> mathNames();

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_FUNCTIONNAMES_H
