/* Predicts, evaluates and trains with one NaN pixel in one of four images. */
#include "pixel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIXELS = 14 * 14 * 3, CLASSES = 5 };

static void *aligned(size_t size) {
  void *memory = aligned_alloc(PIXEL_ALIGN, size);
  if (memory == NULL)
    exit(1);
  return memory;
}

static int failures;
static void expect(int holds, const char *what) {
  if (!holds) {
    printf("not so: %s\n", what);
    ++failures;
  }
}

int main(void) {
  void *params = aligned(PIXEL_PARAMS_SIZE), *state = aligned(PIXEL_STATE_SIZE);
  void *arena = aligned(PIXEL_TRAIN_ARENA_SIZE);
  static float images[4 * PIXELS], scores[4 * CLASSES];
  int32_t labels[4];
  lathe_dataset data = {0};
  lathe_metrics metrics;
  float loss;
  for (int i = 0; i < 4 * PIXELS; ++i)
    images[i] = (float)(i * 37 % 101) / 101;
  pixel_init(params, state, 1);
  pixel_predict(params, arena, images, 4, scores);
  for (int i = 0; i < 4; ++i) { /* all of them right */
    labels[i] = 0;
    for (int c = 1; c < CLASSES; ++c)
      if (scores[i * CLASSES + c] > scores[i * CLASSES + labels[i]])
        labels[i] = c;
  }
  data.count = 4;
  data.images = images;
  data.labels = labels;
  pixel_evaluate(params, arena, &data, &metrics);
  expect(metrics.accuracy == 1 && isfinite(metrics.loss), "four are right");

  images[PIXELS + 307] = NAN;
  pixel_predict(params, arena, images, 4, scores);
  for (int i = 0; i < 4; ++i)
    for (int c = 0; c < CLASSES; ++c)
      expect(!isnan(scores[i * CLASSES + c]) == (i != 1), "a score is NaN");
  pixel_evaluate(params, arena, &data, &metrics);
  expect(isnan(metrics.accuracy), "the accuracy is NaN where the loss is");
  expect(isnan(metrics.loss), "the loss is NaN");
  expect(pixel_train_step(params, state, arena, images, labels, 4, &loss) ==
             LATHE_ERROR_NOT_FINITE,
         "the step says so");
  return failures != 0;
}
