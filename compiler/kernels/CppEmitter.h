//===- CppEmitter.h - Lowered kernels as C++ --------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_CPPEMITTER_H
#define LATHE_COMPILER_KERNELS_CPPEMITTER_H

#include "compiler/kernels/Builder.h"

#include <set>

namespace lathe::kernels {

/// Collects what the kernels' text needs to be declared before it.
class CppPrelude {
public:
  /// The C++ name of a type; vectors become concrete typedefs. A vector of
  /// booleans is a vector of 32-bit integers, all bits of an element equal.
  std::string name(const Halide::Type &type);
  /// The name of a helper function for a type ("max_f32x16"), which the text
  /// will then define.
  std::string helper(const std::string &operation, const Halide::Type &type);
  std::string text() const;

private:
  std::set<std::pair<int, std::string>> vectors; ///< lanes, element name
  std::set<std::pair<std::string, std::string>>
      helpers; ///< operation, type name
};

/// The kernel's functions: the bodies of its parallel loops, then itself.
std::string emitCpp(const Halide::Module &module, const KernelSpec &spec,
                    CppPrelude &prelude);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_CPPEMITTER_H
