/* bytes.c: images of bytes as the floats that steps read. */
#include "runtime/embedded/internal.h"

#include <string.h>

enum {
  LATHE_BYTES_BLOCK = 64,
  LATHE_BYTES_TASK = 1 << 15 /* fewer are not worth another thread */
};

/* The bytes may lie at the end of the floats' own memory: a block is read
 * before what is written can reach the next one. */
LATHE_INTERNAL void lathe_this_floats_of(const unsigned char *bytes,
                                         float *floats, int64_t count) {
  unsigned char block[LATHE_BYTES_BLOCK];
  int64_t i = 0;
  for (; i + LATHE_BYTES_BLOCK <= count; i += LATHE_BYTES_BLOCK) {
    memcpy(block, bytes + i, LATHE_BYTES_BLOCK);
    for (int32_t k = 0; k < LATHE_BYTES_BLOCK; ++k)
      floats[i + k] = (float)block[k];
  }
  for (; i < count; ++i)
    floats[i] = (float)bytes[i];
}

typedef struct lathe_bytes_run {
  const unsigned char *bytes;
  float *floats;
  int64_t first, end;
} lathe_bytes_run;

static int lathe_bytes_task(void *closure, int task) {
  const lathe_bytes_run *run = (const lathe_bytes_run *)closure;
  const int64_t begin = run->first + (int64_t)task * LATHE_BYTES_TASK;
  int64_t count = run->end - begin;
  if (count > LATHE_BYTES_TASK)
    count = LATHE_BYTES_TASK;
  lathe_this_floats_of(run->bytes + begin, run->floats + begin, count);
  return 0;
}

LATHE_INTERNAL unsigned char *lathe_this_bytes_place(float *floats,
                                                     int64_t count) {
  return (unsigned char *)floats + 3 * count;
}

/* Threads may only write where no byte is left to be read: at first three
 * quarters of the floats, then three quarters of what remains. */
LATHE_INTERNAL void lathe_this_widen(float *floats, int64_t count) {
  lathe_bytes_run run;
  run.bytes = lathe_this_bytes_place(floats, count);
  run.floats = floats;
  run.first = 0;
  while (lathe_parallel_for && count - run.first >= 4 * LATHE_BYTES_TASK) {
    run.end = (3 * count + run.first) / 4;
    lathe_parallel_for(
        lathe_bytes_task, &run, 0,
        (int)((run.end - run.first + LATHE_BYTES_TASK - 1) / LATHE_BYTES_TASK));
    run.first = run.end;
  }
  lathe_this_floats_of(run.bytes + run.first, floats + run.first,
                       count - run.first);
}
