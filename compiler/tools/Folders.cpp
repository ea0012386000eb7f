//===- Folders.cpp - Where lathe keeps things between runs ----------------===//
#include "compiler/tools/Folders.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace llvm;

std::string lathe::defaultCacheDirectory() {
  if (auto path = sys::Process::GetEnv("LATHE_CACHE"))
    return *path;
  SmallString<128> path;
  if (!sys::path::cache_directory(path))
    return "";
  sys::path::append(path, "lathe");
  return std::string(path);
}

std::string lathe::defaultTuningDatabase() {
  SmallString<128> path(defaultCacheDirectory());
  if (path.empty())
    return "";
  sys::path::append(path, "tuning.db");
  return std::string(path);
}

std::string lathe::tuningDatabaseToRead(const std::string &option) {
  if (option == "none")
    return "";
  if (!option.empty())
    return option;
  std::string path = defaultTuningDatabase();
  return sys::fs::exists(path) ? path : "";
}
