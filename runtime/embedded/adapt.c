/* adapt.c: what Normalization and ZCAWhitening measure of the training data
 * before training. It is done batch by batch in the order of the samples, so
 * that its bits depend on no number of threads. */
#include "runtime/embedded/internal.h"

#include <string.h>

int lathe_this_is_adapted(const void *params) {
  const int32_t count = lathe_this_layout.measured_count;
  if (!params || !count)
    return 1;
  const unsigned char *bytes = (const unsigned char *)params +
                               lathe_this_layout.measured[count - 1].offset;
  return *(const float *)(const void *)bytes != 0;
}

/* As if no sample had been seen. */
static void lathe_forget_measured(void *params) {
  for (int32_t i = 0; i < lathe_this_layout.measured_count; ++i) {
    const lathe_kept *measured = &lathe_this_layout.measured[i];
    memset((unsigned char *)params + measured->offset, 0,
           (size_t)measured->size);
  }
}

LATHE_INTERNAL int lathe_this_check_adapted(const void *params) {
  return lathe_this_is_adapted(params) ? LATHE_OK : LATHE_ERROR_NOT_ADAPTED;
}

int lathe_this_adapt(void *params, void *arena, const float *images, int n) {
  const int status = lathe_this_check_memory(params, arena, arena);
  if (status != LATHE_OK)
    return status;
  if (!images || n < 0 || !lathe_this_layout.measured_count)
    return LATHE_ERROR_ARGUMENT;
  const int64_t size = lathe_this_image_size();
  for (int64_t start = 0; start < n; start += lathe_this_model.batch) {
    const int64_t left = n - start;
    lathe_this_step_adapt(
        params, arena, images + start * size,
        left < lathe_this_model.batch ? (int32_t)left : lathe_this_model.batch);
  }
  lathe_this_whiten(params, arena);
  return LATHE_OK;
}

LATHE_INTERNAL int lathe_this_adapt_to(void *params, void *arena,
                                       const lathe_samples *samples) {
  lathe_samples ordered = *samples;
  ordered.shuffle = 0;
  lathe_batch batch = lathe_this_batch_in(arena, &lathe_this_layout.train);
  for (int64_t start = 0; start < ordered.count;) {
    const int64_t left = ordered.count - start;
    const int32_t n =
        left < lathe_this_model.batch ? (int32_t)left : lathe_this_model.batch;
    const int status = lathe_this_get_batch(&ordered, start, n, &batch);
    if (status != LATHE_OK) {
      lathe_forget_measured(params);
      return status;
    }
    lathe_this_announce(&ordered, start + n, lathe_this_model.batch);
    lathe_this_step_adapt(params, arena, batch.images, n);
    start += n;
  }
  lathe_this_whiten(params, arena);
  return LATHE_OK;
}
