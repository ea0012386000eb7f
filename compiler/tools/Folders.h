//===- Folders.h - Where lathe keeps things between runs --------*- C++ -*-===//
#ifndef LATHE_COMPILER_TOOLS_FOLDERS_H
#define LATHE_COMPILER_TOOLS_FOLDERS_H

#include <string>

namespace lathe {

/// Where compiled kernels are kept: $LATHE_CACHE, or the user's cache folder;
/// empty where there is neither.
std::string defaultCacheDirectory();

/// tuning.db in that folder; empty where there is none.
std::string defaultTuningDatabase();

/// What --tuning-db means to a command that reads: a file, empty for "none", or
/// the default one where it exists.
std::string tuningDatabaseToRead(const std::string &option);

} // namespace lathe

#endif // LATHE_COMPILER_TOOLS_FOLDERS_H
