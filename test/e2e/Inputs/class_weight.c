/* The loss of a training step is 1/n sum of weight(label) loss(image), that of
 * evaluate 1/n sum of loss(image), each image's loss coming from predict:
 * cross entropy of the label's probability. Class c weighs c * 37 % 101 / 50,
 * and 1 if c % 5 is 4. */
#include "weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MODEL weights_model

static void *aligned(int64_t size) {
  return aligned_alloc((size_t)MODEL.align, (size_t)size);
}

static double weight(int label) {
  return label % 5 == 4 ? 1 : label * 37 % 101 / 50.0;
}

/* The last layer has one output for two classes, or one for each. */
static double cross_entropy(const float *row, int label) {
  if (MODEL.outputs > 1)
    return -log(row[label]);
  return -log(label ? row[0] : 1 - row[0]);
}

static int agree(const char *what, double given, double expected) {
  printf("%s: %.7f, formula %.7f\n", what, given, expected);
  return fabs(given - expected) < 1e-5 * expected;
}

int main(void) {
  int n = MODEL.batch;
  void *params = aligned(MODEL.params_size), *state = aligned(MODEL.state_size);
  void *train_arena = aligned(MODEL.train_arena_size);
  void *arena = aligned(MODEL.predict_arena_size);
  float *images = malloc((size_t)n * 7 * sizeof(float));
  float *rows = malloc((size_t)(n * MODEL.outputs) * sizeof(float));
  int32_t *labels = malloc((size_t)n * sizeof(int32_t));
  for (int i = 0; i < n * 7; ++i)
    images[i] = (float)(i * 29 % 43) / 5 - 4;
  for (int i = 0; i < n; ++i)
    labels[i] = i * 7 % MODEL.classes;
  const lathe_dataset data = {.count = n, .images = images, .labels = labels};
  lathe_metrics metrics;
  float loss = 0;
  if (MODEL.init(params, state, 3) != LATHE_OK ||
      MODEL.predict(params, arena, images, n, rows) != LATHE_OK ||
      MODEL.evaluate(params, arena, &data, &metrics) != LATHE_OK ||
      MODEL.train_step(params, state, train_arena, images, labels, n, &loss) !=
          LATHE_OK)
    return 1;
  double weighted = 0, plain = 0;
  for (int i = 0; i < n; ++i) {
    double value = cross_entropy(rows + i * MODEL.outputs, labels[i]);
    weighted += weight(labels[i]) * value / n;
    plain += value / n;
  }
  int right = agree("train_step", loss, weighted) &
              agree("evaluate", metrics.loss, plain);
  return right && fabs(weighted - plain) > 1e-3 * plain ? 0 : 1;
}
