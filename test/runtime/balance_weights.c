/* The part of balance.c that weighs, for the model of mix_draws.c. */
#include "runtime/embedded/balance.c"

int lathe_this_check_labels(const int32_t *labels, int64_t n) {
  (void)labels;
  (void)n;
  return LATHE_OK;
}
