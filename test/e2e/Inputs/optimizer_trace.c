/* Prints the losses of 50 training steps of a small network from weights and on
 * data that record_optimizers.py draws too, and then the sum of absolute values
 * of each moving average. */
#include "optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 50, FEATURES = 6 };

static uint32_t hash(uint32_t x) {
  x = (x ^ 61u) ^ (x >> 16);
  x *= 9u;
  x ^= x >> 4;
  x *= 0x27d4eb2du;
  return x ^ (x >> 15);
}

/* In [-1, 1), a multiple of 1/1024. */
static float value(uint32_t number) {
  return (float)((int32_t)(hash(number) % 2048u) - 1024) / 1024.0f;
}

int main(void) {
  char *params = aligned_alloc(OPTIMIZER_ALIGN, OPTIMIZER_PARAMS_SIZE);
  char *state = aligned_alloc(OPTIMIZER_ALIGN, OPTIMIZER_STATE_SIZE);
  char *arena = aligned_alloc(OPTIMIZER_ALIGN, OPTIMIZER_TRAIN_ARENA_SIZE);
  float images[OPTIMIZER_BATCH * FEATURES];
  int32_t labels[OPTIMIZER_BATCH];
  int status = optimizer_init(params, state, 1);
  uint32_t number = 0;
  for (int t = 0; t < optimizer_model.tensor_count; ++t) {
    const lathe_tensor *tensor = &optimizer_model.tensors[t];
    if (tensor->region == LATHE_PARAMS)
      for (int64_t i = 0; i < tensor->size / 4; ++i)
        ((float *)(params + tensor->offset))[i] = value(number++) * 0.5f;
  }
  for (int step = 0; step < STEPS && status == LATHE_OK; ++step) {
    float loss = 0;
    for (int i = 0; i < OPTIMIZER_BATCH; ++i) {
      uint32_t sample = (uint32_t)(step * OPTIMIZER_BATCH + i);
      labels[i] = (int32_t)(hash(sample + 700001u) % OPTIMIZER_CLASSES);
      for (int k = 0; k < FEATURES; ++k)
        images[i * FEATURES + k] =
            value(500000u + sample * FEATURES + (uint32_t)k) +
            (k == labels[i] ? 1.0f : 0.0f);
    }
    status = optimizer_train_step(params, state, arena, images, labels,
                                  OPTIMIZER_BATCH, &loss);
    printf("%.9g\n", loss);
  }
  for (int t = 0; t < optimizer_model.tensor_count; ++t) {
    const lathe_tensor *tensor = &optimizer_model.tensors[t];
    double sum = 0;
    if (strncmp(tensor->name, "ema/", 4) != 0)
      continue;
    for (int64_t i = 0; i < tensor->size / 4; ++i)
      sum += fabs(((float *)(state + tensor->offset))[i]);
    printf("%.9g\n", sum);
  }
  return status != LATHE_OK;
}
