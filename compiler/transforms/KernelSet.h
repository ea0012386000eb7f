//===- KernelSet.h - A module's kernels by what they compute --*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_KERNELSET_H
#define LATHE_COMPILER_TRANSFORMS_KERNELSET_H

#include "dialects/exec/ExecDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"
#include <unordered_map>

namespace lathe {

/// Finds kernels by what they compute, never by name: a name says only the
/// operations and a shape. Kernels must not be erased while the set lives.
class KernelSet {
public:
  explicit KernelSet(mlir::ModuleOp module);

  /// The kernel whose body has the operations, types and attributes of `body`
  /// and the same results in place. Null if there is none.
  exec::KernelOp find(mlir::Region &body,
                      llvm::ArrayRef<int64_t> inPlace) const;
  void insert(exec::KernelOp kernel);

  /// `base`, or the first of base_b, base_c, ... that is no symbol of the
  /// module. Takes the name.
  std::string freeName(const llvm::Twine &base);

private:
  std::unordered_multimap<size_t, exec::KernelOp> kernels; ///< by their hash
  llvm::StringSet<> names;
};

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_KERNELSET_H
