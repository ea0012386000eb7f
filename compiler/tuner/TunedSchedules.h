//===- TunedSchedules.h - Better schedules for a planned model --*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_TUNEDSCHEDULES_H
#define LATHE_COMPILER_TUNER_TUNEDSCHEDULES_H

#include "compiler/tuner/Database.h"
#include "compiler/tuner/ShippedSchedules.h"
#include "dialects/exec/ExecDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"
#include <functional>

namespace lathe {

/// The key of this machine's measurements of a kernel, with as many samples as
/// its calls have.
TuningKey tuningKey(const kernels::KernelSpec &spec, llvm::StringRef target,
                    unsigned threads);

/// One thread for each CPU that this process may use: what an artifact takes.
unsigned defaultThreads();

struct TunedCounts {
  unsigned kernels = 0;
  unsigned fromDatabase = 0; ///< measured on this machine
  unsigned shipped = 0;      ///< of Lathe's own, measured for the target
};

/// Gives each kernel of a planned module the schedule that the database has for
/// this machine, else one that Lathe ships for the target, be it for the kernel
/// or for its convolution alone; other kernels keep theirs. What cannot be used
/// is a warning, and left out.
TunedCounts
applyTunedSchedules(mlir::ModuleOp planned, const Database *database,
                    llvm::StringRef target, unsigned threads,
                    llvm::function_ref<void(const std::string &)> warn);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_TUNEDSCHEDULES_H
