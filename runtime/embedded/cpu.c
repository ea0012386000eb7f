/* cpu.c: does this CPU have the instructions the kernels were compiled for? */
#include "runtime/embedded/internal.h"

/* __builtin_cpu_supports reads the compiler runtime's own feature words: no
 * libc. It also knows whether the operating system saves the wide registers. */
int lathe_this_cpu_supported(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (lathe_this_layout.x86_level) {
  case 0: /* compiled for another architecture's baseline, or for plain x86-64
           */
    return 1;
  case 2:
    return __builtin_cpu_supports("x86-64-v2") != 0;
  case 3:
    return __builtin_cpu_supports("x86-64-v3") != 0;
  case 4:
    return __builtin_cpu_supports("x86-64-v4") != 0;
  default:
    return 0;
  }
#else
  return lathe_this_layout.x86_level == 0;
#endif
}
