//===- Machine.cpp - Facts about instruction sets and CPUs ----------------===//
//
// Sources: Intel 64 and IA-32 Architectures Optimization Reference Manual;
// AMD, Software Optimization Guides for families 19h and 1Ah; Arm, Software
// Optimization Guides of the Cortex-A72, A76, Neoverse N1, V1 and V2; caches as
// vendors list them. The generic CPU is a server core of about 2020: bandwidths
// are typical figures of one busy core, of which mostly the proportions matter.
//
//===----------------------------------------------------------------------===//
#include "compiler/machine/Machine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unistd.h>

namespace lathe {

//===----------------------------------------------------------------------===//
// Instruction sets
//===----------------------------------------------------------------------===//

namespace {
struct IsaRow {
  Isa isa;
  std::string_view name;
  int lanes, registers;
};

constexpr IsaRow isas[] = {
    {Isa::X86_64_V2, "x86-64-v2", 4, 16},  {Isa::X86_64_V3, "x86-64-v3", 8, 16},
    {Isa::X86_64_V4, "x86-64-v4", 16, 32}, {Isa::AArch64, "aarch64", 4, 32},
    {Isa::RiscV64, "riscv64", 4, 32},
};

const IsaRow &rowOf(Isa isa) {
  return *std::find_if(std::begin(isas), std::end(isas),
                       [&](const IsaRow &row) { return row.isa == isa; });
}
} // namespace

std::string_view isaName(Isa isa) { return rowOf(isa).name; }

std::optional<Isa> parseIsa(std::string_view name) {
  for (const IsaRow &row : isas)
    if (row.name == name)
      return row.isa;
  return std::nullopt;
}

Machine::Machine(Isa isa)
    : isa(isa), lanes(rowOf(isa).lanes), registers(rowOf(isa).registers) {}

//===----------------------------------------------------------------------===//
// CPUs
//===----------------------------------------------------------------------===//

namespace {
constexpr int64_t KiB = 1 << 10, MiB = 1 << 20;

struct CpuRow {
  std::string_view name; ///< LLVM's
  Isa best;              ///< of its family, the largest it has
  double gigahertz;
  /// Vector multiply-adds a cycle: with vectors of its widest instruction set,
  /// and with narrower ones.
  double widest, narrower;
  int latency;
  int64_t l1, l2, l3; ///< L3: a core's share, or of a part with few cores all
  double memoryBandwidth;
};

constexpr CpuRow cpus[] = {
    // Two of Zen 4's 256-bit units make one multiply-add of 512 bits.
    {"znver3", Isa::X86_64_V3, 3.4, 2, 2, 4, 32 * KiB, 512 * KiB, 16 * MiB,
     12e3},
    {"znver4", Isa::X86_64_V4, 3.4, 1, 2, 4, 32 * KiB, 1 * MiB, 16 * MiB, 12e3},
    {"znver5", Isa::X86_64_V4, 3.6, 2, 2, 4, 48 * KiB, 1 * MiB, 16 * MiB, 14e3},
    {"skylake-avx512", Isa::X86_64_V4, 2.6, 2, 2, 4, 32 * KiB, 1 * MiB, 6 * MiB,
     10e3},
    {"icelake-server", Isa::X86_64_V4, 2.8, 2, 2, 4, 48 * KiB, 1280 * KiB,
     8 * MiB, 10e3},
    {"sapphirerapids", Isa::X86_64_V4, 2.9, 2, 2, 4, 48 * KiB, 2 * MiB,
     16 * MiB, 12e3},
    {"alderlake", Isa::X86_64_V3, 4.0, 2, 2, 4, 48 * KiB, 1280 * KiB, 16 * MiB,
     15e3},
    // The efficient cores of Alder Lake: units of 128 bits, four cores an L2.
    {"gracemont", Isa::X86_64_V3, 3.0, 1, 2, 4, 32 * KiB, 512 * KiB, 4 * MiB,
     8e3},
    {"cortex-a72", Isa::AArch64, 1.8, 1, 1, 7, 32 * KiB, 256 * KiB, 256 * KiB,
     2e3},
    {"cortex-a76", Isa::AArch64, 2.4, 2, 2, 4, 64 * KiB, 512 * KiB, 2 * MiB,
     6e3},
    {"neoverse-n1", Isa::AArch64, 2.6, 2, 2, 4, 64 * KiB, 1 * MiB, 8 * MiB,
     10e3},
    {"neoverse-v1", Isa::AArch64, 2.6, 4, 4, 4, 64 * KiB, 1 * MiB, 8 * MiB,
     12e3},
    {"neoverse-v2", Isa::AArch64, 3.0, 4, 4, 4, 64 * KiB, 2 * MiB, 8 * MiB,
     14e3},
};

const CpuRow *findCpu(std::string_view name) {
  for (const CpuRow &row : cpus)
    if (row.name == name)
      return &row;
  return nullptr;
}

constexpr std::string_view generic = "generic";

/// Instruction sets of a family stand in order, the smaller ones first.
bool sameFamily(Isa one, Isa other) {
  auto isX86 = [](Isa isa) { return isa <= Isa::X86_64_V4; };
  return isX86(one) ? isX86(other) : one == other;
}
} // namespace

std::vector<std::string_view> knownCpus() {
  std::vector<std::string_view> names = {generic};
  for (const CpuRow &row : cpus)
    names.push_back(row.name);
  return names;
}

bool runs(std::string_view cpu, Isa isa) {
  const CpuRow *row = findCpu(cpu);
  return cpu == generic ||
         (row && sameFamily(row->best, isa) && isa <= row->best);
}

std::optional<Machine> machineOf(std::string_view cpu, Isa isa) {
  Machine machine(isa);
  if (cpu == generic)
    return machine;
  const CpuRow *row = findCpu(cpu);
  if (!row)
    return std::nullopt;
  machine.cpu = row->name;
  machine.multiplyAddsPerCycle = isa == row->best ? row->widest : row->narrower;
  machine.multiplyAddLatency = row->latency;
  machine.gigahertz = row->gigahertz;
  machine.l1 = row->l1;
  machine.l2 = row->l2;
  machine.l3 = row->l3;
  // The faster the core, the faster its caches.
  double scale = row->gigahertz / Machine(isa).gigahertz;
  machine.l2Bandwidth *= scale;
  machine.l3Bandwidth *= scale;
  machine.streamBandwidth *= scale;
  machine.memoryBandwidth = row->memoryBandwidth;
  return machine;
}

Machine hostMachine(std::string_view cpu, Isa isa) {
  Machine machine = runs(cpu, isa) ? *machineOf(cpu, isa) : Machine(isa);
  // What the system does not know is 0, or -1.
  auto measured = [](int64_t &bytes, [[maybe_unused]] int name, int64_t most) {
    if (long found = sysconf(name); found > 0)
      bytes = std::min<int64_t>(found, most);
  };
#ifdef _SC_LEVEL1_DCACHE_SIZE
  measured(machine.l1, _SC_LEVEL1_DCACHE_SIZE, MiB);
  measured(machine.l2, _SC_LEVEL2_CACHE_SIZE, 16 * MiB);
  // Shared with programs and cores that nobody here knows.
  measured(machine.l3, _SC_LEVEL3_CACHE_SIZE, 16 * MiB);
#endif
  return machine;
}

//===----------------------------------------------------------------------===//
// Estimates
//===----------------------------------------------------------------------===//

double Machine::multiplyAddMicroseconds(double multiplyAdds) const {
  return multiplyAdds / (multiplyAddsPerCycle * gigahertz * 1e3 * lanes) / 0.75;
}

double Machine::readBandwidth(double footprint) const {
  if (footprint <= static_cast<double>(l2))
    return l2Bandwidth;
  return footprint <= static_cast<double>(l3) ? l3Bandwidth : memoryBandwidth;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace {
/// A number of a machine by its name in the text.
template <typename Number>
struct Field {
  std::string_view name;
  Number Machine::*member;
};

constexpr Field<int> counts[] = {
    {"cores", &Machine::cores},
    {"lanes", &Machine::lanes},
    {"multiply_add_latency", &Machine::multiplyAddLatency},
    {"registers", &Machine::registers},
};
constexpr Field<int64_t> sizes[] = {
    {"l1", &Machine::l1},
    {"l2", &Machine::l2},
    {"l3", &Machine::l3},
};
constexpr Field<double> rates[] = {
    {"call_microseconds", &Machine::callMicroseconds},
    {"gigahertz", &Machine::gigahertz},
    {"l2_bandwidth", &Machine::l2Bandwidth},
    {"l3_bandwidth", &Machine::l3Bandwidth},
    {"memory_bandwidth", &Machine::memoryBandwidth},
    {"multiply_adds_per_cycle", &Machine::multiplyAddsPerCycle},
    {"stream_bandwidth", &Machine::streamBandwidth},
    {"task_microseconds", &Machine::taskMicroseconds},
};

/// Calls `visit` with each field until it returns true.
template <typename Visit>
bool anyField(const Visit &visit) {
  auto any = [&](const auto &fields) {
    return std::any_of(std::begin(fields), std::end(fields), visit);
  };
  return any(counts) || any(sizes) || any(rates);
}

template <typename Number>
std::string numberText(Number number) {
  std::array<char, 64> text;
  auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end};
}

/// Takes what stands before the separator, or everything; spaces behind it too.
std::string_view takeUntil(std::string_view &text, char separator) {
  size_t end = std::min(text.find(separator), text.size());
  std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(
      std::min(text.find_first_not_of(" ", !text.empty()), text.size()));
  return taken;
}
} // namespace

std::string toString(const Machine &machine) {
  std::string text = machine.cpu;
  text += "{isa=";
  text += isaName(machine.isa);
  // What its row says needs no words.
  Machine row = machineOf(machine.cpu, machine.isa).value_or(machine.isa);
  anyField([&](const auto &field) {
    if (machine.*field.member != row.*field.member) {
      text += ", ";
      text += field.name;
      text += "=";
      text += numberText(machine.*field.member);
    }
    return false;
  });
  return text + "}";
}

std::optional<Machine> parseMachine(std::string_view text) {
  if (text.empty() || text.back() != '}')
    return std::nullopt;
  text.remove_suffix(1);
  std::string_view cpu = takeUntil(text, '{');
  if (takeUntil(text, '=') != "isa")
    return std::nullopt;
  std::optional<Isa> isa = parseIsa(takeUntil(text, ','));
  std::optional<Machine> machine =
      isa && runs(cpu, *isa) ? machineOf(cpu, *isa) : std::nullopt;
  while (machine && !text.empty()) {
    std::string_view name = takeUntil(text, '='), value = takeUntil(text, ',');
    bool known = anyField([&](const auto &field) {
      if (field.name != name)
        return false;
      auto &number = (*machine).*field.member;
      auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), number);
      return error == std::errc() && end == value.data() + value.size() &&
             number > 0;
    });
    if (!known)
      return std::nullopt;
  }
  return machine;
}

} // namespace lathe
