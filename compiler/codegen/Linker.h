//===- Linker.h - The system's linker and compiler driver -------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_LINKER_H
#define LATHE_COMPILER_CODEGEN_LINKER_H

#include "compiler/codegen/KernelObjects.h"

namespace lathe {

/// One relocatable object of several (`ld -r`), which are files in a folder
/// that lives as long as this.
class ObjectMerger {
public:
  static llvm::Expected<ObjectMerger> create();
  ObjectMerger(ObjectMerger &&other) noexcept = default;
  ObjectMerger &operator=(ObjectMerger &&) = delete;
  ~ObjectMerger();

  /// The path of one more object, which the caller writes.
  const std::string &newFile();
  llvm::Error add(const ObjectFile &object);
  /// `complete` is called with the path of the merged object, before that takes
  /// the output's place.
  llvm::Error
  merge(llvm::StringRef output,
        llvm::function_ref<llvm::Error(llvm::StringRef path)> complete);

private:
  ObjectMerger() = default;
  std::string linker, folder;
  std::vector<std::string> files;
};

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_LINKER_H
