//===- CppLibrary.h - Kernels through a C++ compiler ------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_CPPLIBRARY_H
#define LATHE_TEST_KERNELS_CPPLIBRARY_H

#include "compiler/kernels/Kernel.h"

#include <filesystem>

namespace lathe::kernels {

bool programExists(const std::string &program);

/// A new folder that lives as long as this object.
class TestFolder {
public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder &) = delete;
  TestFolder &operator=(const TestFolder &) = delete;
  std::filesystem::path path;
};

/// The C++ form of kernels for this machine, compiled and loaded.
class CppLibrary {
public:
  /// With the default schedules. Failures are reported to the test.
  CppLibrary(const std::vector<KernelSpec> &kernels,
             const std::string &compiler, const std::string &flags);
  ~CppLibrary();
  CppLibrary(const CppLibrary &) = delete;
  CppLibrary &operator=(const CppLibrary &) = delete;

  explicit operator bool() const { return loaded; }
  /// `buffers` as for JitKernel.
  void run(const KernelSpec &kernel, void **buffers, int n) const;

private:
  TestFolder folder;
  void *loaded = nullptr;
};

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_CPPLIBRARY_H
