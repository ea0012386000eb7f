//===- Machine.h - The CPU that is planned for ------------------*- C++ -*-===//
//
// Everything the compiler assumes about a CPU. Schedules and rules ask a
// Machine; none of them has a cache size or a rate of its own. Artifacts are
// planned for one machine and run on any that has its instruction set: what is
// planned decides how work and sums are cut, so results depend on the machine
// planned for and never on the threads that run.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_MACHINE_MACHINE_H
#define LATHE_COMPILER_MACHINE_MACHINE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// The instruction sets that kernels are compiled for: the x86-64 levels of the
/// psABI, 64-bit ARM, and 64-bit RISC-V.
enum class Isa { X86_64_V2, X86_64_V3, X86_64_V4, AArch64, RiscV64 };

/// "x86-64-v3".
std::string_view isaName(Isa isa);
std::optional<Isa> parseIsa(std::string_view name);

struct Machine {
  /// The generic CPU of an instruction set.
  Machine(Isa isa);

  std::string cpu = "generic"; ///< a name of `knownCpus`
  Isa isa;

  int lanes;     ///< floats in a vector register
  int registers; ///< vector registers

  /// Vector multiply-adds that are begun in a cycle, and cycles until a sum can
  /// be added to again.
  double multiplyAddsPerCycle = 2;
  int multiplyAddLatency = 4;
  double gigahertz = 3; ///< while all cores are busy

  /// Bytes of the caches of one core (L3: of what it may count on).
  int64_t l1 = 48 << 10, l2 = 1 << 20, l3 = 16 << 20;
  /// Bytes that one core reads in a microsecond, by where they are; and what it
  /// moves in and out together while it streams through L2 and L3.
  double l2Bandwidth = 50e3, l3Bandwidth = 25e3, memoryBandwidth = 10e3;
  double streamBandwidth = 16e3;

  /// Cores to plan for. Artifacts run with fewer or more.
  int cores = 16;
  /// Microseconds of work that are worth handing to another thread, and those
  /// that it takes to begin a kernel on all of them.
  double taskMicroseconds = 20, callMicroseconds = 3;

  /// Microseconds of so many cycles.
  double cycles(double count) const { return count / (gigahertz * 1e3); }
  /// Microseconds of so many multiply-adds of floats at 75 % of the peak.
  double multiplyAddMicroseconds(double multiplyAdds) const;
  /// Bytes that one core reads in a microsecond from a set of data of that
  /// size, which it goes through again and again.
  double readBandwidth(double footprint) const;

  bool operator==(const Machine &) const = default;
};

/// The CPUs that have a row of their own, by LLVM's names ("znver4"), "generic"
/// first.
std::vector<std::string_view> knownCpus();

/// The CPU of that name, with the instruction set of a target, which may be
/// less than the CPU has; nothing where the name is unknown. A CPU of another
/// family is an error of the caller's: see `belongsTo`.
std::optional<Machine> machineOf(std::string_view cpu, Isa isa);

/// Whether the CPU runs code of the instruction set.
bool runs(std::string_view cpu, Isa isa);

/// The CPU that this process runs on, as far as `cpu`, LLVM's name of it, and
/// the system tell: a known row or the generic one, with the caches measured by
/// the system.
Machine hostMachine(std::string_view cpu, Isa isa);

/// The machine as text, `cpu{cores=16, isa=x86-64-v3, l1=49152, ...}`, and
/// back; nothing where the text is none.
std::string toString(const Machine &machine);
std::optional<Machine> parseMachine(std::string_view text);

} // namespace lathe

#endif // LATHE_COMPILER_MACHINE_MACHINE_H
