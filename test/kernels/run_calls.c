/* run_calls.c: calls a kernel in a process of its own, for whatever CPU.
 *
 * Reads from stdin, in 8-byte integers: the number of calls; for each of them
 * n, how many buffers come before n, how many there are, and of each its size
 * and, padded to 8 bytes, its content. A kernel works on what lies `guard`
 * bytes in. Writes all of it back. Needs no C library, so that no target needs
 * one. */
#include <stdint.h>

enum { guard = 128, most_buffers = 32, room = 1 << 29 };

typedef struct buffer { /* halide_buffer_t, of which host alone is read */
  uint64_t device;
  void *interface;
  uint8_t *host;
  uint8_t rest[32];
} buffer;

static _Alignas(64) uint8_t memory[room];

#if defined(__x86_64__)
enum { read_number = 0, write_number = 1, exit_number = 60 };
static long system_call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}
#define ENTRY __attribute__((force_align_arg_pointer))
#elif defined(__aarch64__)
enum { read_number = 63, write_number = 64, exit_number = 93 };
static long system_call(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
#define ENTRY
#endif

void *memcpy(void *to, const void *from, unsigned long size) {
  for (unsigned long i = 0; i < size; ++i)
    ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
  return to;
}
void *memset(void *to, int value, unsigned long size) {
  for (unsigned long i = 0; i < size; ++i)
    ((volatile uint8_t *)to)[i] = (uint8_t)value;
  return to;
}

/* What kernels call of the C library, for the arguments of tests. */
static double polynomial(double square, int last) {
  double sum = 1;
  for (int i = last; i > 1; i -= 2)
    sum = 1 - sum * square / (i * (i - 1));
  return sum;
}
static int is_number(float x) { return x - x == 0; }
float sinf(float x) {
  return is_number(x) ? (float)(x * polynomial((double)x * x, 31)) : x - x;
}
float cosf(float x) {
  return is_number(x) ? (float)polynomial((double)x * x, 30) : x - x;
}

int test_do_par_for(void *context, int (*task)(void *, int, uint8_t *), int min,
                    int size, uint8_t *closure) {
  for (int i = 0; i < size; ++i) {
    int status = task(context, min + i, closure);
    if (status)
      return status;
  }
  return 0;
}

int kernel();

/* Pointers and n are passed alike, whatever the order. */
static int call(void **a, long count) {
  switch ((count + 7) / 8) {
  case 1:
    return kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  case 2:
    return kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9],
                  a[10], a[11], a[12], a[13], a[14], a[15]);
  default:
    return kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9],
                  a[10], a[11], a[12], a[13], a[14], a[15], a[16], a[17], a[18],
                  a[19], a[20], a[21], a[22], a[23], a[24], a[25], a[26], a[27],
                  a[28], a[29], a[30], a[31]);
  }
}

static int run(void) {
  static buffer buffers[most_buffers];
  int64_t *at = (int64_t *)memory;
  for (int64_t calls = *at++; calls; --calls) {
    int64_t n = *at++, before = *at++, count = *at++;
    void *arguments[most_buffers] = {0};
    long used = 0;
    if (count >= most_buffers)
      return 3;
    for (int64_t i = 0; i < count; ++i) {
      if (i == before)
        arguments[used++] = (void *)n;
      int64_t size = *at++;
      buffers[i].host = (uint8_t *)at + guard;
      arguments[used++] = &buffers[i];
      at += (size + 7) / 8;
    }
    if (call(arguments, used))
      return 4;
  }
  return 0;
}

ENTRY void _start(void) {
  long size = 0, part;
  while ((part = system_call(read_number, 0, (long)memory + size,
                             room - size)) > 0)
    size += part;
  long status = part < 0 || size == room ? 2 : run();
  for (long done = 0; !status && done < size; done += part)
    if ((part = system_call(write_number, 1, (long)memory + done,
                            size - done)) <= 0)
      status = 5;
  for (;;)
    system_call(exit_number, status, 0, 0);
}
