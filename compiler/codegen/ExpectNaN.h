//===- ExpectNaN.h - Kernels that may meet NaN ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_EXPECTNAN_H
#define LATHE_COMPILER_CODEGEN_EXPECTNAN_H

namespace llvm {
class Function;
}

namespace lathe {

/// Halide tells LLVM that no float is NaN or infinite. Takes that back before
/// code is generated, and turns tests of a float's bits for NaN, which Halide's
/// own LLVM does not fold (see compiler/kernels/Ieee.h), into comparisons: one
/// for each two floats.
void expectNaN(llvm::Function &function);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_EXPECTNAN_H
