//===- MachineTest.cpp ----------------------------------------------------===//
#include "compiler/machine/Machine.h"

#include <gtest/gtest.h>

using namespace lathe;

namespace {
constexpr Isa sets[] = {Isa::X86_64_V2, Isa::X86_64_V3, Isa::X86_64_V4,
                        Isa::AArch64, Isa::RiscV64};

TEST(Machine, NamesItsInstructionSets) {
  for (Isa isa : sets)
    EXPECT_EQ(parseIsa(isaName(isa)), isa);
  EXPECT_EQ(parseIsa("z80"), std::nullopt);
}

TEST(Machine, IsWrittenAndRead) {
  for (std::string_view cpu : knownCpus())
    for (Isa isa : sets) {
      if (!runs(cpu, isa))
        continue;
      Machine machine = *machineOf(cpu, isa);
      EXPECT_EQ(parseMachine(toString(machine)), machine) << toString(machine);
      // Every kind of field, and a number that takes all digits.
      machine.cores = 3;
      machine.l3 += 4096;
      machine.gigahertz = 10.0 / 3;
      EXPECT_EQ(parseMachine(toString(machine)), machine) << toString(machine);
    }
}

TEST(Machine, SaysOnlyWhatDiffersFromItsRow) {
  Machine machine = *machineOf("znver4", Isa::X86_64_V4);
  EXPECT_EQ(toString(machine), "znver4{isa=x86-64-v4}");
  machine.cores = 8;
  EXPECT_EQ(toString(machine), "znver4{isa=x86-64-v4, cores=8}");
}

TEST(Machine, IsReadWithoutSpaces) {
  std::optional<Machine> machine =
      parseMachine("znver4{isa=x86-64-v4,cores=8,l2=4096}");
  ASSERT_TRUE(machine);
  EXPECT_EQ(machine->cores, 8);
  EXPECT_EQ(machine->l2, 4096);
}

TEST(Machine, RefusesOtherTexts) {
  for (const char *text :
       {"", "generic", "generic{}", "generic{isa=}", "generic{isa=z80}",
        "z80{isa=x86-64-v3}", "generic{cores=2}", "generic{isa=x86-64-v3",
        "generic{isa=x86-64-v3, cores}", "generic{isa=x86-64-v3, cores=}",
        "generic{isa=x86-64-v3, cores=2x}", "generic{isa=x86-64-v3, cores=-1}",
        "generic{isa=x86-64-v3, l2=1.5}", "generic{isa=x86-64-v3, teeth=3}",
        "znver3{isa=x86-64-v4}", "cortex-a72{isa=x86-64-v2}"})
    EXPECT_EQ(parseMachine(text), std::nullopt) << text;
}

TEST(Machine, RunsSmallerInstructionSetsOfItsFamily) {
  EXPECT_TRUE(runs("znver4", Isa::X86_64_V2));
  EXPECT_TRUE(runs("znver3", Isa::X86_64_V3));
  EXPECT_FALSE(runs("znver3", Isa::X86_64_V4));
  EXPECT_FALSE(runs("znver4", Isa::AArch64));
  EXPECT_FALSE(runs("neoverse-n1", Isa::RiscV64));
  EXPECT_FALSE(runs("z80", Isa::X86_64_V2));
  // 512 bits take two of Zen 4's units.
  EXPECT_EQ(machineOf("znver4", Isa::X86_64_V4)->multiplyAddMicroseconds(1e6),
            machineOf("znver4", Isa::X86_64_V3)->multiplyAddMicroseconds(1e6));
}

TEST(Machine, HasCachesThatGrow) {
  for (std::string_view cpu : knownCpus())
    for (Isa isa : sets)
      if (runs(cpu, isa)) {
        Machine m = *machineOf(cpu, isa);
        EXPECT_LT(m.l1, m.l2) << cpu;
        EXPECT_LE(m.l2, m.l3) << cpu;
        EXPECT_GE(m.readBandwidth(1), m.readBandwidth(1e12)) << cpu;
        EXPECT_GE(m.readBandwidth(double(m.l2)), m.readBandwidth(double(m.l3)));
        EXPECT_EQ(m.readBandwidth(double(m.l3) + 1), m.memoryBandwidth);
      }
}

TEST(Machine, TakesTheHostsCaches) {
  Machine host = hostMachine("no such CPU", Isa::X86_64_V2);
  EXPECT_EQ(host.cpu, "generic");
  EXPECT_GE(host.l1, 4 << 10);
  EXPECT_LE(host.l3, 16 << 20);
  EXPECT_EQ(parseMachine(toString(host)), host);
  // A name of another family describes nothing here.
  EXPECT_EQ(hostMachine("cortex-a72", Isa::X86_64_V2).cpu, "generic");
}
} // namespace
