/* augment.c: what training changes at random in its images. Each image is a task
 * with an arena of its own, so that it stays in the caches from the first
 * kernel to the last. */
#include "runtime/embedded/internal.h"

typedef struct lathe_augment_run {
  unsigned char *arena;
  const float *images;
  const int64_t *samples;
  float *augmented;
  uint64_t seed;
  int64_t epoch;
} lathe_augment_run;

static int lathe_augment_image(void *closure, int i) {
  const lathe_augment_run *run = (const lathe_augment_run *)closure;
  const lathe_layout *layout = &lathe_this_layout;
  const int64_t size = lathe_this_image_size();
  unsigned char *slot = run->arena + i * layout->augment_slot;
  float *numbers = (float *)(void *)(slot + layout->augment_numbers);
  lathe_this_draw(layout->draws, layout->draw_count, run->seed, run->epoch,
                  run->samples[i], numbers);
  lathe_this_step_augment(slot, run->images + i * size, numbers,
                          run->augmented + i * size, 1);
  return 0;
}

LATHE_INTERNAL void lathe_this_augment_batch(void *arena, const float *images,
                                             int32_t n, uint64_t seed,
                                             int64_t epoch,
                                             const int64_t *samples,
                                             float *augmented) {
  lathe_augment_run run;
  run.arena = (unsigned char *)arena;
  run.images = images;
  run.samples = samples;
  run.augmented = augmented;
  run.seed = seed;
  run.epoch = epoch;
  if (lathe_parallel_for && n > 1) {
    lathe_parallel_for(lathe_augment_image, &run, 0, n);
    return;
  }
  for (int32_t i = 0; i < n; ++i)
    lathe_augment_image(&run, i);
}

int lathe_this_augment(void *arena, const float *images, int n, uint64_t seed,
                       int64_t epoch, const int64_t *samples,
                       float *augmented) {
  const int status = lathe_this_check_memory(arena, arena, arena);
  if (status != LATHE_OK)
    return status;
  if (!images || !samples || !augmented || n < 0 || epoch < 0 ||
      !lathe_this_layout.draw_count)
    return LATHE_ERROR_ARGUMENT;
  const int64_t size = lathe_this_image_size();
  for (int64_t start = 0; start < n; start += lathe_this_model.batch) {
    const int64_t left = n - start;
    const int32_t count =
        left < lathe_this_model.batch ? (int32_t)left : lathe_this_model.batch;
    lathe_this_augment_batch(arena, images + start * size, count, seed, epoch,
                             samples + start, augmented + start * size);
  }
  return LATHE_OK;
}
