//===- ShippedSchedules.h - Schedules that come with Lathe ------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_SHIPPEDSCHEDULES_H
#define LATHE_COMPILER_TUNER_SHIPPEDSCHEDULES_H

#include "compiler/tuner/Database.h"
#include "llvm/ADT/ArrayRef.h"

namespace lathe {

/// An entry of schedules/TARGET.txt: a line that says for what, and a line,
/// indented, that says how.
///
///   batch=32 threads=2 (nx13x13x32xf32,...);conv2d(0,1)...
///     direct{channel_vectors=4, columns=1, ...}
struct ShippedSchedule {
  int64_t batch;
  unsigned threads;
  std::string signature;
  kernels::Schedule schedule;
};

/// The entries of a text; an error has the number of the line. Empty lines and
/// those that begin with # are comments.
llvm::Expected<std::vector<ShippedSchedule>>
parseShippedSchedules(llvm::StringRef text);
std::string printShippedSchedule(const ShippedSchedule &entry);

/// The files that are built into the compiler.
struct ShippedFile {
  llvm::StringRef target, text;
};
llvm::ArrayRef<ShippedFile> shippedFiles();

/// The entry for the kernel, target and batch of the key, on whatever CPU it
/// was measured; of several, that for the nearest number of threads.
std::optional<kernels::Schedule> shippedSchedule(const TuningKey &key);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_SHIPPEDSCHEDULES_H
