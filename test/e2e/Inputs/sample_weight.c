/* Prints what steps of a model with one Dense layer, SGD and a rate of 1 give
 * with several weights of the samples: lines of a name and numbers. */
#include "weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL weights_model

static void *params, *state, *arena;
static float *images;
static int32_t *labels;

static void *aligned(int64_t size) {
  return aligned_alloc((size_t)MODEL.align, (size_t)size);
}

static void print_floats(const char *name, const float *values, int count) {
  printf("%s", name);
  for (int i = 0; i < count; ++i)
    printf(" %.9g", (double)values[i]);
  printf("\n");
}

static void print_parameter(const char *label, const char *name) {
  for (int t = 0; t < MODEL.tensor_count; ++t)
    if (!strcmp(MODEL.tensors[t].name, name))
      print_floats(label,
                   (const float *)((char *)params + MODEL.tensors[t].offset),
                   (int)(MODEL.tensors[t].size / 4));
}

static void step(const char *name, const float *weights) {
  char label[64];
  float loss = 0;
  int status = MODEL.init(params, state, 3);
  if (status == LATHE_OK)
    status = weights ? weights_train_step_weighted(params, state, arena, images,
                                                   labels, weights, MODEL.batch,
                                                   &loss)
                     : MODEL.train_step(params, state, arena, images, labels,
                                        MODEL.batch, &loss);
  if (status != LATHE_OK)
    exit(1);
  if (weights) {
    snprintf(label, sizeof(label), "%s/weights", name);
    print_floats(label, weights, MODEL.batch);
  }
  snprintf(label, sizeof(label), "%s/loss", name);
  print_floats(label, &loss, 1);
  snprintf(label, sizeof(label), "%s/kernel", name);
  print_parameter(label, "dense/kernel");
  snprintf(label, sizeof(label), "%s/bias", name);
  print_parameter(label, "dense/bias");
}

static void evaluate(const char *name, const float *weights) {
  lathe_dataset data = {.count = MODEL.batch,
                        .images = images,
                        .labels = labels,
                        .sample_weights = weights};
  lathe_metrics metrics;
  if (MODEL.init(params, state, 3) != LATHE_OK ||
      MODEL.evaluate(params, arena, &data, &metrics) != LATHE_OK)
    exit(1);
  printf("%s %.9g\n", name, metrics.loss);
}

int main(void) {
  int n = MODEL.batch;
  params = aligned(MODEL.params_size);
  state = aligned(MODEL.state_size);
  arena = aligned(MODEL.train_arena_size);
  images = malloc((size_t)n * 7 * sizeof(float));
  labels = malloc((size_t)(n * MODEL.label_size) * sizeof(int32_t));
  float *weights = malloc((size_t)n * sizeof(float));
  for (int i = 0; i < n * 7; ++i)
    images[i] = (float)(i * 29 % 43) / 5 - 4;
  for (int i = 0; i < n * MODEL.label_size; ++i)
    labels[i] = i * 7 % (MODEL.label_size == 1 ? MODEL.classes : 2);

  if (MODEL.init(params, state, 3) != LATHE_OK)
    return 1;
  printf("shape %d %d %d\n", n, MODEL.outputs, MODEL.label_size);
  print_floats("images", images, n * 7);
  printf("labels");
  for (int i = 0; i < n * MODEL.label_size; ++i)
    printf(" %d", labels[i]);
  printf("\n");
  print_parameter("kernel", "dense/kernel");
  print_parameter("bias", "dense/bias");

  step("plain", NULL);
  for (int i = 0; i < n; ++i)
    weights[i] = 1;
  step("ones", weights);
  weights[1] = 2;
  step("twice", weights);
  for (int i = 0; i < n; ++i)
    weights[i] = (float)(i * 13 % 17) / 4;
  step("several", weights);
  evaluate("evaluate", weights);
  evaluate("evaluate_plain", NULL);
  weights[2] = 0;
  step("without", weights);
  for (int i = 0; i < 7; ++i)
    images[14 + i] = 100;
  labels[2 * MODEL.label_size] = 1 - (labels[2 * MODEL.label_size] == 1);
  step("without_another", weights);
  return 0;
}
