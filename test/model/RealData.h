//===- RealData.h - Where recorded cases of other tools lie -----*- C++ -*-===//
#ifndef LATHE_TEST_MODEL_REALDATA_H
#define LATHE_TEST_MODEL_REALDATA_H

#include <cstdlib>
#include <filesystem>
#include <string>

namespace lathe::test {

/// The folder `conformance`, beside the data sets; empty where it is missing.
inline std::string conformanceFolder() {
  const char *data = std::getenv("LATHE_DATA");
  std::filesystem::path folder =
      (data && *data
           ? std::filesystem::path(data)
           : std::filesystem::path(LATHE_SOURCE_DIR) / "../shared/data");
  folder = folder / ".." / "conformance";
  return std::filesystem::is_directory(folder) ? folder.string() : "";
}

} // namespace lathe::test

#endif // LATHE_TEST_MODEL_REALDATA_H
