//===- ModelBenchmark.h - A model's executable times itself -----*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_MODELBENCHMARK_H
#define LATHE_COMPILER_TUNER_MODELBENCHMARK_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace lathe {

/// What `PROGRAM benchmark --json OPTIONS...` prints, run as a process of its
/// own, which may take ten minutes.
llvm::Expected<llvm::json::Object>
runBenchmark(const std::string &program,
             const std::vector<std::string> &options);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_MODELBENCHMARK_H
