/* cpu.c: does this CPU have the instructions the kernels were compiled for? */
#include "runtime/embedded/internal.h"

#if defined(__x86_64__)
typedef struct lathe_cpuid_words {
  uint32_t a, b, c, d;
} lathe_cpuid_words;

static lathe_cpuid_words lathe_cpuid(uint32_t leaf) {
  lathe_cpuid_words words;
  __asm__ volatile("cpuid"
                   : "=a"(words.a), "=b"(words.b), "=c"(words.c), "=d"(words.d)
                   : "a"(leaf), "c"(0));
  return words;
}

/* The registers that the operating system saves; needs OSXSAVE. */
static uint32_t lathe_saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int lathe_has(uint32_t word, uint32_t bits) {
  return (word & bits) == bits;
}

#define LATHE_BIT(n) (UINT32_C(1) << (n))

/* The levels of the x86-64 psABI, 3.1.1; bits as in Intel's manual, CPUID. */
static int32_t lathe_x86_level(void) {
  const uint32_t v2 = LATHE_BIT(0) /* SSE3 */ | LATHE_BIT(9) /* SSSE3 */ |
                      LATHE_BIT(13) /* CMPXCHG16B */ |
                      LATHE_BIT(19) /* SSE4.1 */ | LATHE_BIT(20) /* SSE4.2 */ |
                      LATHE_BIT(23) /* POPCNT */;
  const uint32_t v3 = LATHE_BIT(12) /* FMA */ | LATHE_BIT(22) /* MOVBE */ |
                      LATHE_BIT(27) /* OSXSAVE */ | LATHE_BIT(28) /* AVX */ |
                      LATHE_BIT(29) /* F16C */;
  const uint32_t v3_more = LATHE_BIT(3) /* BMI1 */ | LATHE_BIT(5) /* AVX2 */ |
                           LATHE_BIT(8) /* BMI2 */;
  const uint32_t v4_more =
      LATHE_BIT(16) /* AVX512F */ | LATHE_BIT(17) /* AVX512DQ */ |
      LATHE_BIT(28) /* AVX512CD */ | LATHE_BIT(30) /* AVX512BW */ |
      LATHE_BIT(31) /* AVX512VL */;
  const uint32_t lahf = LATHE_BIT(0), lzcnt = LATHE_BIT(5);
  const uint32_t ymm = 0x06, zmm = 0xe6;
  const uint32_t features = lathe_cpuid(1).c;
  /* Which tells of 64-bit mode, too, so that every such CPU has it. */
  const uint32_t extended = lathe_cpuid(0x80000001u).c;
  const uint32_t more = lathe_cpuid(0).a >= 7 ? lathe_cpuid(7).b : 0;
  if (!lathe_has(features, v2) || !lathe_has(extended, lahf))
    return 1;
  if (!lathe_has(features, v3) || !lathe_has(extended, lzcnt) ||
      !lathe_has(more, v3_more) || !lathe_has(lathe_saved_registers(), ymm))
    return 2;
  return lathe_has(more, v4_more) && lathe_has(lathe_saved_registers(), zmm)
             ? 4
             : 3;
}
#else
static int32_t lathe_x86_level(void) { return 0; }
#endif

int lathe_this_cpu_supported(void) {
  return lathe_x86_level() >= lathe_this_layout.x86_level;
}
