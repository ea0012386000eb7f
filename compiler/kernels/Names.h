//===- Names.h - Names that do not tell what was compiled before *- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_NAMES_H
#define LATHE_COMPILER_KERNELS_NAMES_H

namespace lathe::kernels {

/// Once in a process: lets Halide number what it names in such a way that what
/// it makes of a kernel does not depend on what it made before.
void beginNamesAlike();

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_NAMES_H
