/* Three training steps of any model on one small batch: prints the losses and the
 * time of a step, and fails where the loss does not fall or predictions are no
 * numbers.
 *   cc -DHEADER='"NAME.h"' -DMODEL=NAME_model three_steps.c NAME.o -lm */
#include HEADER

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *aligned(int64_t size) {
  void *memory = aligned_alloc((size_t)MODEL.align, (size_t)(size + MODEL.align) / MODEL.align * MODEL.align);
  if (memory == NULL)
    exit(1);
  return memory;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(void) {
  const lathe_model *model = &MODEL;
  void *params = aligned(model->params_size), *state = aligned(model->state_size);
  void *arena = aligned(model->train_arena_size > model->predict_arena_size ? model->train_arena_size
                                                                            : model->predict_arena_size);
  int64_t pixels = model->batch;
  for (int i = 0; i < model->input_rank; ++i)
    pixels *= model->input_shape[i];
  float *images = malloc((size_t)pixels * sizeof(float));
  float *scores = malloc((size_t)model->batch * (size_t)model->classes * sizeof(float));
  int32_t *labels = malloc((size_t)model->batch * sizeof(int32_t));
  srand(1);
  for (int64_t i = 0; i < pixels; ++i)
    images[i] = (float)(rand() % 256);
  for (int i = 0; i < model->batch; ++i)
    labels[i] = rand() % model->classes;
  if (model->init(params, state, 1) != LATHE_OK)
    return 1;
  float losses[3];
  double begin = seconds();
  for (int step = 0; step < 3; ++step)
    if (model->train_step(params, state, arena, images, labels, model->batch, &losses[step]) != LATHE_OK)
      return 1;
  double step_time = (seconds() - begin) / 3;
  if (model->predict(params, arena, images, model->batch, scores) != LATHE_OK)
    return 1;
  double sum = 0;
  for (int i = 0; i < model->batch * model->classes; ++i)
    sum += scores[i];
  printf("%.4f %.4f %.4f  step %.0f ms, arena %.0f MB\n", losses[0], losses[1], losses[2], 1e3 * step_time,
         (double)model->train_arena_size / 1e6);
  return !(losses[2] < losses[1] && losses[1] < losses[0] && fabs(sum - model->batch) < 1e-2 * model->batch);
}
