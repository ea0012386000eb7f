/* plateau.c: ReduceLROnPlateau as in Keras 3. */
#include "runtime/embedded/internal.h"

LATHE_INTERNAL void lathe_this_reduce_rate(lathe_fit_record *record,
                                           double value, float *learning_rate) {
  const lathe_recipe *recipe = &lathe_this_model.recipe;
  if (record->plateau_cooldown > 0) {
    record->plateau_cooldown -= 1;
    record->plateau_wait = 0;
  }
  if (lathe_this_improves(value, recipe->reduce_lr_min_delta,
                          &record->plateau_best, &record->plateau_epoch,
                          record->epoch + 1)) {
    record->plateau_wait = 0;
  } else if (record->plateau_cooldown == 0) {
    record->plateau_wait += 1;
    const float least = (float)recipe->reduce_lr_min_lr;
    if (record->plateau_wait >= recipe->reduce_lr_patience &&
        *learning_rate > least) {
      const float next =
          (float)((double)*learning_rate * recipe->reduce_lr_factor);
      *learning_rate = next > least ? next : least;
      record->plateau_cooldown = recipe->reduce_lr_cooldown;
      record->plateau_wait = 0;
    }
  }
}
