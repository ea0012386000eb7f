//===- KernelCache.h - Compiled kernels on disk -----------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_KERNELCACHE_H
#define LATHE_COMPILER_CODEGEN_KERNELCACHE_H

#include "compiler/codegen/KernelObjects.h"
#include <array>
#include <atomic>
#include <optional>

namespace lathe {

/// Compiled kernels on disk, by everything that their code depends on. An entry
/// holds a checksum of its key and content: one that is damaged, cut off or of
/// another key is a kernel that is not there. A folder that cannot be written
/// is no error.
class KernelCache {
public:
  /// Without a folder, nothing is ever found.
  explicit KernelCache(llvm::StringRef directory);

  using Key = std::array<uint8_t, 32>;
  static Key keyOf(const kernels::KernelSpec &spec,
                   const kernels::Schedule &schedule, llvm::StringRef model,
                   const Machine &machine);

  std::optional<ObjectFile> load(const Key &key);
  void store(const Key &key, const ObjectFile &object) const;

  /// Bounds the cache's size; the least recently used files go first.
  void prune() const;

  /// Entries that were found damaged.
  unsigned damaged() const { return damagedEntries; }

private:
  std::string path(const Key &key) const;

  std::string directory;
  std::atomic<unsigned> damagedEntries = 0;
};

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_KERNELCACHE_H
