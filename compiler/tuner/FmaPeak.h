//===- FmaPeak.h - What this machine can multiply and add -------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_FMAPEAK_H
#define LATHE_COMPILER_TUNER_FMAPEAK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lathe {

/// GFLOP/s of independent multiply-adds in registers, on so many threads at
/// once, with the vectors of the target; measured now.
llvm::Expected<double> fmaPeak(llvm::StringRef target, unsigned threads);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_FMAPEAK_H
