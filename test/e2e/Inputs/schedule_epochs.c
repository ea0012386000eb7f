/* Prints the learning rate after a train_step before fit, which does not know
 * how long an epoch is, and then that of each step of fit: 20 epochs of 13
 * samples in batches of 2, interrupted after step 30. */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int steps, stop_at = 30;

static int print_rate(void *context, const lathe_event *event) {
  (void)context;
  if (event->kind != LATHE_EVENT_BATCH)
    return 0;
  printf("%.9g\n", (double)event->learning_rate);
  return ++steps == stop_at;
}

int main(void) {
  void *params = aligned_alloc(SCHEDULE_ALIGN, SCHEDULE_PARAMS_SIZE);
  void *state = aligned_alloc(SCHEDULE_ALIGN, SCHEDULE_STATE_SIZE);
  void *arena = aligned_alloc(SCHEDULE_ALIGN, SCHEDULE_TRAIN_ARENA_SIZE);
  float images[13 * 4], loss = 0;
  int32_t labels[13];
  for (int i = 0; i < 13 * 4; ++i)
    images[i] = (float)(i % 7);
  for (int i = 0; i < 13; ++i)
    labels[i] = i % 3;
  lathe_dataset data = {.count = 13, .images = images, .labels = labels};
  lathe_fit_options options = {.epochs = 20, .callback = print_rate};
  if (schedule_init(params, state, 1) != LATHE_OK ||
      schedule_train_step(params, state, arena, images, labels, 2, &loss) !=
          LATHE_OK)
    return 1;
  for (int i = 0; i < schedule_model.tensor_count; ++i)
    if (!strcmp(schedule_model.tensors[i].name, "optimizer/learning_rate"))
      printf("%.9g\n",
             (double)*(float *)((char *)state +
                                schedule_model.tensors[i].offset));
  if (schedule_init(params, state, 1) != LATHE_OK ||
      schedule_fit(params, state, arena, &data, NULL, &options) !=
          LATHE_ERROR_CANCELLED)
    return 1;
  return schedule_fit(params, state, arena, &data, NULL, &options) != LATHE_OK;
}
