//===- Report.h - What a compiled model does, to be looked at ---*- C++ -*-===//
//
// The plan of a model, and where it could be run the times of its kernels, as
// plain data. REPORT.md describes the JSON that it becomes.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_REPORT_REPORT_H
#define LATHE_COMPILER_REPORT_REPORT_H

#include "compiler/codegen/KernelTable.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace lathe::report {

struct Kernel {
  KernelDescription description;
  std::vector<std::string> layers; ///< of all its calls
  bool winograd = false;           ///< counts as the convolution it replaces
};

/// A tensor's stay in the arena.
struct Slice {
  std::string name; ///< "conv2d_1/relu": the layer and the last operation
  std::string type; ///< "32x13x13x32xf32"
  int64_t offset = 0, size = 0; ///< bytes
  unsigned first = 0, last = 0; ///< calls, both included
  bool isRoom = false; ///< no tensor of the step's, but kept free for a use
  int64_t end() const { return offset + size; }
};

struct Call {
  unsigned kernel = 0; ///< in Report::kernels
  std::vector<std::string> layers;
  std::vector<unsigned> reads, writes; ///< in Step::slices
};

/// The calls of one kernel in one step.
struct KernelTime {
  unsigned kernel = 0;
  double calls = 0, milliseconds = 0, share = 0; ///< of a step
  double gigaflops = 0, gigabytes = 0, roofline = 0;
};

struct Step {
  std::string name;     ///< "train", "predict", "evaluate", "update", "prepare"
  std::string function; ///< the exec.func
  unsigned forward = 0; ///< how many of the calls are the forward pass
  int64_t samples = 0;  ///< at once; more are cut into parts
  std::vector<Call> calls;
  std::vector<Slice> slices;
  // Where it was measured:
  double milliseconds = 0, bestMilliseconds = 0;
  std::vector<KernelTime> times; ///< the longest first
};

/// The most that lives at one time.
struct Peak {
  int64_t bytes = 0;
  unsigned call = 0;
};
Peak peakOf(const Step &step);
/// The end of the last slice.
int64_t extentOf(const Step &step);

struct MeasuredMachine {
  std::string cpu;  ///< LLVM's name of it
  std::string name; ///< as it calls itself; may be empty
  unsigned threads = 0;
  double gigaflops = 0, gigabytes = 0; ///< the roofline
};

struct Report {
  std::string model, file, compiler, commandLine, target;
  int64_t batch = 0, parameters = 0;
  int64_t paramsSize = 0, stateSize = 0, trainArenaSize = 0,
          predictArenaSize = 0, preparedSize = 0, alignment = 0;
  std::vector<Kernel> kernels;
  std::vector<Step> steps;
  std::optional<MeasuredMachine> machine; ///< where it was measured
  std::string unmeasured;         ///< or why it was not
};

/// The plan: all but what is measured.
Report describePlan(mlir::ModuleOp planned, llvm::StringRef target);

/// Adds what the model's object file, linked into an executable, measures of itself
/// on this machine; takes some seconds.
llvm::Error measure(Report &report, llvm::StringRef object);

std::string toJson(const Report &report);
std::string toHtml(const Report &report);

/// The form that a file's name asks for; an error where it ends otherwise.
using Writer = std::string (*)(const Report &);
llvm::Expected<Writer> writerFor(llvm::StringRef file);

} // namespace lathe::report

#endif // LATHE_COMPILER_REPORT_REPORT_H
