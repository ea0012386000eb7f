/* Trains ResNet-20 for 20 steps on the first images of a CIFAR-10 file and prints
 * what the steps were like.
 *   batch_norm_trace FILE            the losses, then the size (root of the mean
 *                                    square) of each moving average, one a line
 *   batch_norm_trace --save OUT      the initial parameters: name, size, values */
#include "resnet20.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 20, IMAGE = 32 * 32 * 3 };

static void *aligned(size_t size) {
  void *memory = aligned_alloc(RESNET20_ALIGN, size);
  if (memory == NULL)
    exit(1);
  return memory;
}

static int save(const char *path, const char *params) {
  FILE *file = fopen(path, "wb");
  if (file == NULL)
    return 1;
  for (int i = 0; i < resnet20_model.tensor_count; ++i) {
    const lathe_tensor *tensor = &resnet20_model.tensors[i];
    if (tensor->region != LATHE_PARAMS)
      continue;
    fprintf(file, "%s %lld\n", tensor->name, (long long)(tensor->size / 4));
    fwrite(params + tensor->offset, 1, (size_t)tensor->size, file);
  }
  return fclose(file);
}

/* CIFAR-10's rows are a label and three planes; ours are pixels. */
static int read_batch(FILE *file, float *images, int32_t *labels) {
  static unsigned char row[1 + IMAGE];
  for (int i = 0; i < RESNET20_BATCH; ++i) {
    if (fread(row, 1, sizeof row, file) != sizeof row)
      return 1;
    labels[i] = row[0];
    for (int at = 0; at < IMAGE; ++at)
      images[i * IMAGE + at] = row[1 + at % 3 * 1024 + at / 3];
  }
  return 0;
}

int main(int argc, char **argv) {
  char *params = aligned(RESNET20_PARAMS_SIZE);
  void *state = aligned(RESNET20_STATE_SIZE);
  void *arena = aligned(RESNET20_TRAIN_ARENA_SIZE);
  static float images[RESNET20_BATCH * IMAGE];
  static int32_t labels[RESNET20_BATCH];
  if (resnet20_init(params, state, 1) != LATHE_OK)
    return 1;
  if (argc == 3 && strcmp(argv[1], "--save") == 0)
    return save(argv[2], params);
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL)
    return 1;
  for (int step = 0; step < STEPS; ++step) {
    float loss = 0;
    if (read_batch(file, images, labels) != 0 ||
        resnet20_train_step(params, state, arena, images, labels,
                            RESNET20_BATCH, &loss) != LATHE_OK)
      return 1;
    printf("%.9g\n", (double)loss);
  }
  for (int i = 0; i < resnet20_model.tensor_count; ++i) {
    const lathe_tensor *tensor = &resnet20_model.tensors[i];
    if (tensor->region != LATHE_PARAMS || tensor->trainable)
      continue;
    const float *values = (const float *)(params + tensor->offset);
    double sum = 0;
    for (int64_t at = 0; at < tensor->size / 4; ++at)
      sum += (double)values[at] * values[at];
    printf("%.9g\n", sqrt(sum / (double)(tensor->size / 4)));
  }
  return 0;
}
