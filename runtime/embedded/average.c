/* average.c: the weights' moving averages take their places, and give them
 * back. */
#include "runtime/embedded/internal.h"

#include <string.h>

LATHE_INTERNAL void lathe_this_swap(void *a, void *b, int64_t size) {
  unsigned char *first = (unsigned char *)a, *second = (unsigned char *)b;
  while (size > 0) {
    unsigned char kept[1024];
    size_t n = size < (int64_t)sizeof(kept) ? (size_t)size : sizeof(kept);
    memcpy(kept, first, n);
    memcpy(first, second, n);
    memcpy(second, kept, n);
    first += n;
    second += n;
    size -= (int64_t)n;
  }
}

/* What follows the prefix, or null. */
static const char *lathe_after(const char *name, const char *prefix) {
  for (; *prefix; ++prefix, ++name)
    if (*name != *prefix)
      return 0;
  return name;
}

/* The average of the parameter X is the state "ema/X". */
LATHE_INTERNAL void lathe_this_swap_averages(void *params, void *state) {
  const lathe_model *model = &lathe_this_model;
  for (int32_t i = 0; i < model->tensor_count; ++i) {
    const lathe_tensor *average = &model->tensors[i];
    const char *name = lathe_after(average->name, "ema/");
    if (average->region != LATHE_STATE || !name)
      continue;
    for (int32_t k = 0; k < model->tensor_count; ++k) {
      const lathe_tensor *weight = &model->tensors[k];
      const char *rest = lathe_after(weight->name, name);
      if (weight->region == LATHE_PARAMS && rest && !*rest)
        lathe_this_swap((unsigned char *)params + weight->offset,
                        (unsigned char *)state + average->offset, weight->size);
    }
  }
}
