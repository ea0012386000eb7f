/* Prints the learning rate of the steps 0 to 299, each reached by setting the
 * iteration, and then that of 20 steps in a row after a fresh start. */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *find(void *state, const char *name) {
  for (int i = 0; i < schedule_model.tensor_count; ++i)
    if (strcmp(schedule_model.tensors[i].name, name) == 0)
      return (char *)state + schedule_model.tensors[i].offset;
  exit(1);
}

int main(void) {
  void *params = aligned_alloc(SCHEDULE_ALIGN, SCHEDULE_PARAMS_SIZE);
  void *state = aligned_alloc(SCHEDULE_ALIGN, SCHEDULE_STATE_SIZE);
  void *arena = aligned_alloc(SCHEDULE_ALIGN, SCHEDULE_TRAIN_ARENA_SIZE);
  const float images[8] = {1, 2, 3, 4, 4, 3, 2, 1};
  const int32_t labels[2] = {0, 2};
  float loss = 0;
  for (int mode = 0; mode < 2; ++mode) {
    if (schedule_init(params, state, 1) != LATHE_OK)
      return 1;
    for (int step = 0; step < (mode ? 20 : 300); ++step) {
      if (!mode)
        *(int64_t *)find(state, "optimizer/iteration") = step;
      if (schedule_train_step(params, state, arena, images, labels, 2, &loss) !=
          LATHE_OK)
        return 1;
      printf("%.9g\n", *(float *)find(state, "optimizer/learning_rate"));
    }
  }
  return 0;
}
