/* A C program that trains a model on arrays, predicts with it, and runs a
 * second model in the same process. It links nothing but the two generated
 * objects:
 *
 *   lathe compile two_moons.yaml -o .  --emit=obj,header
 *   lathe compile four_corners.yaml -o . --emit=obj,header
 *   cc main.c two_moons.o four_corners.o -lm -lpthread
 */
#include "four_corners.h"
#include "two_moons.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 1024 };

static void *aligned(size_t size) {
  /* aligned_alloc wants a multiple of the alignment; the sizes are. */
  void *memory = aligned_alloc(TWO_MOONS_ALIGN, size);
  if (memory == NULL) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  return memory;
}

static double uniform(void) { return rand() / (RAND_MAX + 1.0); }

/* Two interleaved half circles. */
static void draw_moons(float *points, int32_t *labels) {
  for (int i = 0; i < SAMPLES; ++i) {
    double angle = 3.14159265 * uniform();
    labels[i] = i % 2;
    points[2 * i] = (float)(labels[i] ? 1 - cos(angle) : cos(angle)) +
                    (float)(0.1 * uniform());
    points[2 * i + 1] = (float)(labels[i] ? 0.5 - sin(angle) : sin(angle)) +
                        (float)(0.1 * uniform());
  }
}

/* The quadrant a point lies in. */
static void draw_corners(float *points, int32_t *labels) {
  for (int i = 0; i < SAMPLES; ++i) {
    points[2 * i] = (float)(2 * uniform() - 1);
    points[2 * i + 1] = (float)(2 * uniform() - 1);
    labels[i] = (points[2 * i] > 0) + 2 * (points[2 * i + 1] > 0);
  }
}

static int print_epoch(void *name, const lathe_event *event) {
  if (event->kind == LATHE_EVENT_EPOCH && (event->epoch + 1) % 10 == 0)
    printf("%s: epoch %d, loss %.4f, accuracy %.3f\n", (const char *)name,
           (int)event->epoch + 1, event->train.loss, event->train.accuracy);
  return 0; /* not zero: stop training */
}

/* Trains any model whose input is two numbers; returns its weights. */
static void *train(const lathe_model *model, const float *points,
                   const int32_t *labels) {
  void *params = aligned((size_t)model->params_size);
  void *state = aligned((size_t)model->state_size);
  void *arena = aligned((size_t)model->train_arena_size);
  lathe_dataset data = {0};
  lathe_fit_options options = {0};
  data.count = SAMPLES;
  data.images = points;
  data.labels = labels;
  options.callback = print_epoch;
  options.context = (void *)model->name;

  int status = model->init(params, state, 1);
  if (status == LATHE_OK)
    status = model->fit(params, state, arena, &data, NULL, &options);
  if (status != LATHE_OK) {
    fprintf(stderr, "%s: %s\n", model->name, model->status_name(status));
    exit(1);
  }
  free(state);
  free(arena);
  return params;
}

int main(void) {
  static float moons[SAMPLES * 2], corners[SAMPLES * 2];
  static int32_t moon_labels[SAMPLES], corner_labels[SAMPLES];
  draw_moons(moons, moon_labels);
  draw_corners(corners, corner_labels);
  void *moon_weights = train(&two_moons_model, moons, moon_labels);
  void *corner_weights = train(&four_corners_model, corners, corner_labels);

  /* The typed functions do the same as those of the model's table. */
  float point[2] = {0.0f, 1.0f}, moon[TWO_MOONS_CLASSES],
        corner[FOUR_CORNERS_CLASSES];
  void *arena =
      aligned(TWO_MOONS_PREDICT_ARENA_SIZE > FOUR_CORNERS_PREDICT_ARENA_SIZE
                  ? TWO_MOONS_PREDICT_ARENA_SIZE
                  : FOUR_CORNERS_PREDICT_ARENA_SIZE);
  two_moons_predict(moon_weights, arena, point, 1, moon);
  point[0] = -0.5f;
  point[1] = 0.5f;
  four_corners_predict(corner_weights, arena, point, 1, corner);
  printf("the top of the upper moon belongs to it with probability %.3f\n",
         moon[0]);
  printf("(-0.5, 0.5) is upper left with probability %.3f\n", corner[2]);
  free(moon_weights);
  free(corner_weights);
  free(arena);
  return moon[0] > 0.9f && corner[2] > 0.9f ? 0 : 1;
}
