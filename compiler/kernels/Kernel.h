//===- Kernel.h - The door of the kernel room -------------------*- C++ -*-===//
//
// A kernel is a fused group of tensor operations with one schedule. The rest of
// the compiler describes it with the plain structs below; this room turns the
// description into machine code or C++ through Halide. Nothing here knows MLIR,
// and nothing outside this room knows Halide.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_KERNEL_H
#define LATHE_COMPILER_KERNELS_KERNEL_H

#include "compiler/kernels/ElementTypes.h"
#include "compiler/machine/Machine.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lathe::kernels {

/// The extent of a dimension that is only known at the call: the kernel's `n`.
/// Only the outermost dimension of a tensor may have it.
inline constexpr int64_t dynamicBatch = -1;

/// A dense row-major tensor: the last dimension varies fastest. A scalar has
/// rank 0.
struct TensorType {
  ElementType element = ElementType::F32;
  std::vector<int64_t> shape;

  bool operator==(const TensorType &) const = default;
};

/// A schedule's parameters by name.
using Parameters = std::map<std::string, int64_t>;

using Attribute = std::variant<int64_t, double, std::string,
                               std::vector<int64_t>, std::vector<double>>;

/// One operation of a kernel. `op` names an `nn` operation without its dialect
/// prefix ("conv2d"); the attributes have the names and meanings that the `nn`
/// dialect gives them.
struct Node {
  std::string op;
  std::map<std::string, Attribute> attributes;
  std::vector<int> operands; ///< value numbers
  std::vector<TensorType> results;

  bool operator==(const Node &) const = default;
};

/// What a kernel computes. Values are numbered: the inputs first, then each
/// node's results in order. `results` are the values that are written out.
///
/// `inPlace[i]`, when it is not -1, says that result `i` is written over input
/// number `inPlace[i]`: both are the same memory, passed once, as an output.
struct KernelSpec {
  std::string name; ///< the symbol; not part of the kernel's identity
  std::vector<TensorType> inputs;
  std::vector<Node> nodes;
  std::vector<int> results;
  std::vector<int> inPlace;
  /// The `n` that default schedules are made for; 0 where it is not known. Not
  /// part of the kernel's identity.
  int64_t batch = 0;
};

/// How a kernel computes: a strategy's name and its parameters. Prints and
/// parses as `direct{channel_vectors=2, columns=14}`.
struct Schedule {
  std::string strategy;
  Parameters parameters;

  bool operator==(const Schedule &) const = default;
};

/// The best instruction set of this machine: what `JitKernel` compiles for.
Isa hostIsa();

/// The schedule that is used when no tuning has been done; works for every
/// valid kernel.
Schedule defaultSchedule(const KernelSpec &spec, const Machine &machine);

/// The defaults of all strategies that apply to the kernel, the one of
/// `defaultSchedule` first.
std::vector<Schedule> strategySchedules(const KernelSpec &spec,
                                        const Machine &machine);

/// Why the schedule does not apply to the kernel; empty where it does. Builds
/// the pipeline, but compiles nothing.
std::string refusal(const KernelSpec &spec, const Schedule &schedule,
                    const Machine &machine);

/// Cycles for each vector of multiply-adds, estimated from the register tile
/// alone: loads, chains of additions, accumulators that do not fit the
/// registers, and what tiles compute beyond the result. 1 for schedules without
/// such a tile. `samples` is the number of samples in a call; where given, rows
/// of tiles beyond it count as waste.
double scheduleCost(const KernelSpec &spec, const Schedule &schedule,
                    const Machine &machine, int64_t samples = 0);

/// How much faster the schedule's algorithm is than the operation's definition
/// where arithmetic is the limit: above 1 for the Winograd algorithm.
double arithmeticSpeedup(const KernelSpec &spec, const Schedule &schedule);

/// The kernel's convolution, product or reduction alone, without what is fused
/// before and behind it: what is good for one is good for the other. Nothing
/// where the kernel has none, is it already, or pools, which asks for other
/// tiles.
std::optional<KernelSpec> anchorAlone(const KernelSpec &spec);

/// What the kernel multiplies and adds for `n` samples, 0 where that is not its
/// work. Winograd's kernels count as the convolutions that they replace.
double multiplyAdds(const KernelSpec &spec, int64_t n);

/// LLVM bitcode with one external function
///   int32_t NAME(halide_buffer_t *input0, ..., int32_t n,
///                halide_buffer_t *output0, ...)
/// that reads nothing of a buffer but its `host` pointer. Inputs that are
/// overwritten (`inPlace`) are not passed: their memory comes as the output.
/// The only external symbols are `halide_do_par_for` and functions of libm.
/// Returns the reason when the schedule does not apply to the kernel.
struct CompiledKernel {
  std::string bitcode;
  std::string error; ///< empty on success
};
CompiledKernel compileToBitcode(const KernelSpec &spec,
                                const Schedule &schedule,
                                const Machine &machine);

/// C++17 text, without headers, in the order prelude, kernels. Each kernel is
///   static void NAME(const void *input0, ..., void *output0, ..., int32_t n)
/// The prelude defines every vector type that is used as a concrete typedef,
/// and needs a function of Halide's `halide_do_par_for` signature to be
/// visible. Compiles without warnings under -Wall -Wextra with g++ 12 and
/// clang 22.
struct CppKernels {
  std::string prelude;
  std::vector<std::string> kernels;
  std::string error; ///< empty on success
};
struct ScheduledKernel {
  KernelSpec spec;
  Schedule schedule;
};
CppKernels compileToCpp(const std::vector<ScheduledKernel> &kernels,
                        const Machine &machine);

/// Compiles for this machine and runs in this process: for tests, `lathe
/// verify` and the tuner. `buffers` are the inputs that are passed, then the
/// outputs, in the order of the bitcode function's arguments.
class JitKernel {
public:
  static std::optional<JitKernel>
  compile(const KernelSpec &spec, const Schedule &schedule, std::string &error);
  JitKernel(JitKernel &&) noexcept;
  JitKernel &operator=(JitKernel &&) noexcept;
  ~JitKernel();
  void run(const std::vector<void *> &buffers, int32_t n);
  /// Threads of all kernels in this process from now on; 0: one for each core.
  static void setThreads(int count);

private:
  struct Impl;
  explicit JitKernel(Impl *impl);
  Impl *impl;
};

/// The names of all operations that a kernel may hold.
std::vector<std::string> knownOps();

std::string toString(const Schedule &schedule);
std::optional<Schedule> parseSchedule(const std::string &text);

/// A canonical text of what the kernel computes (without its name): equal texts
/// mean equal kernels. The key for deduplication, caching and tuning.
std::string signature(const KernelSpec &spec);

/// Halide's lowered form, for people who tune: see `lathe compile
/// --dump-kernels`.
std::string dumpStatement(const KernelSpec &spec, const Schedule &schedule,
                          const Machine &machine);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_KERNEL_H
