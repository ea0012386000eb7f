/* Prints the loss of each of 20 training steps on images that any program can
 * draw: integer arithmetic only.
 *   trace            the losses, one a line
 *   trace --params   the initial parameters as float32, for record_trace.py */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 20, SIDE = 28 };

static uint32_t hash(uint32_t x) {
  x = (x ^ 61u) ^ (x >> 16);
  x *= 9u;
  x ^= x >> 4;
  x *= 0x27d4eb2du;
  return x ^ (x >> 15);
}

static void draw_batch(int step, float *images, int32_t *labels) {
  for (int i = 0; i < TRACE_BATCH; ++i) {
    uint32_t sample = (uint32_t)(step * TRACE_BATCH + i);
    int32_t label = (int32_t)(hash(sample) % TRACE_CLASSES);
    labels[i] = label;
    int centre_x = 6 + 4 * (label % 5), centre_y = 8 + 12 * (label / 5);
    for (int y = 0; y < SIDE; ++y)
      for (int x = 0; x < SIDE; ++x) {
        int distance = abs(x - centre_x) + abs(y - centre_y);
        uint32_t noise =
            hash(sample * 1000u + (uint32_t)(y * SIDE + x) + 12345u) % 32u;
        images[(i * SIDE + y) * SIDE + x] =
            (float)((distance < 12 ? 200 - 12 * distance : 0) + (int)noise);
      }
  }
}

static void *aligned(size_t size) {
  void *memory = aligned_alloc(TRACE_ALIGN, size);
  if (memory == NULL)
    exit(1);
  return memory;
}

int main(int argc, char **argv) {
  void *params = aligned(TRACE_PARAMS_SIZE), *state = aligned(TRACE_STATE_SIZE);
  void *arena = aligned(TRACE_TRAIN_ARENA_SIZE);
  static float images[TRACE_BATCH * SIDE * SIDE];
  static int32_t labels[TRACE_BATCH];
  int status = trace_init(params, state, 1);
  if (argc == 2 && strcmp(argv[1], "--params") == 0) {
    for (int i = 0; i < trace_model.tensor_count; ++i) {
      const lathe_tensor *tensor = &trace_model.tensors[i];
      if (tensor->region == LATHE_PARAMS)
        fwrite((char *)params + tensor->offset, 1, (size_t)tensor->size,
               stdout);
    }
    return 0;
  }
  for (int step = 0; step < STEPS && status == LATHE_OK; ++step) {
    float loss = 0;
    draw_batch(step, images, labels);
    status = trace_train_step(params, state, arena, images, labels, TRACE_BATCH,
                              &loss);
    printf("%.9g\n", loss);
  }
  if (status != LATHE_OK)
    fprintf(stderr, "%s\n", trace_status_name(status));
  return status != LATHE_OK;
}
