//===- LoadedKernel.h - A kernel's machine code in this process -*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_LOADEDKERNEL_H
#define LATHE_COMPILER_TUNER_LOADEDKERNEL_H

#include "compiler/codegen/KernelObjects.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace lathe {

/// The object code that an artifact for this machine would hold, loaded here:
/// what is measured is what is shipped. Its parallel loops run on the threads
/// that the runtime's set_threads() has made.
class LoadedKernel {
public:
  /// `object` is that of compileKernel(), with the same model.
  static llvm::Expected<LoadedKernel> load(const kernels::KernelSpec &spec,
                                           llvm::StringRef model,
                                           const ObjectFile &object);
  static llvm::Expected<LoadedKernel>
  compile(const kernels::KernelSpec &spec, const kernels::Schedule &schedule);
  LoadedKernel(LoadedKernel &&) noexcept;
  LoadedKernel &operator=(LoadedKernel &&) noexcept;
  ~LoadedKernel();

  /// `buffers` are the inputs that are passed, then the outputs, in the order
  /// of the kernel's arguments (see Kernel.h).
  void run(llvm::ArrayRef<void *> buffers, int32_t n) const;

private:
  LoadedKernel();
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*function)(void *buffers, int32_t n) = nullptr;
};

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_LOADEDKERNEL_H
